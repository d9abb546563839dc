import { setTimeout as wait } from 'node:timers/promises';
import type { ConfigInput } from '../../../src/config/schema.ts';
import { chatCompletion, responder, type Script } from '../../../src/testing/index.ts';
import { type GatewayOptions, type HostileGateway, startHostile } from './gateway.ts';
import { type Healthy, startHealthy } from './healthy.ts';
import { hello, send } from './send.ts';

/** The keys of the attacked gateway. */
export const KEYS = Object.freeze({
  healthy: 'spillway-key-of-healthy-clients',
  attacker: 'spillway-key-of-the-attacker',
  viewer: 'spillway-key-of-the-viewer',
});

const WARM_UPS = 200;
const ALONE_MS = 1500;
/** A larger body is not looked at: the upstream shares its process with the healthy clients. */
const SMALL_BYTES = 64 * 1024;

/** The section `auth` of every configuration. */
export const AUTH = Object.freeze({
  keys: [
    { name: 'healthy', key: KEYS.healthy },
    { name: 'attacker', key: KEYS.attacker },
    { name: 'viewer', key: KEYS.viewer, role: 'viewer' },
  ],
} as const satisfies NonNullable<ConfigInput['auth']>);

/** A configuration with keys and one entry. */
export function configOf(baseUrl: string, more: Partial<ConfigInput> = {}): ConfigInput {
  return {
    auth: { keys: [...AUTH.keys] },
    providers: { up: { baseUrl, apiKey: 'sk-up' } },
    chains: { default: { entries: ['up/m'] } },
    defaults: { chain: 'default' },
    ...more,
  };
}

const answer = responder({ content: 'served' });

/** The script of an upstream that answers every request at once. */
export const served = ((request) =>
  request.body.length > SMALL_BYTES ? chatCompletion({ content: 'served' }) : answer(request)) satisfies Script;

/** A warm gateway under attack, with healthy clients beside it, and a measurement that has begun. */
export interface Attacked extends AsyncDisposable {
  readonly gateway: HostileGateway;
  readonly healthy: Healthy;
  /** Its memory before the attack, in bytes. */
  readonly idle: number;
}

/** Starts a gateway for an attack. Dispose stops it. */
export async function startAttacked(options: GatewayOptions): Promise<Attacked> {
  const gateway = await startHostile(options);
  await warm(gateway);
  const healthy = startHealthy(() => gateway.url, KEYS.healthy);
  const idle = await baseline(gateway);
  await gateway.query('mark');
  return { gateway, healthy, idle, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

/** Sends small requests until the gateway's code is compiled. */
export async function warm({ url }: HostileGateway): Promise<void> {
  for (let n = 0; n < WARM_UPS; n++) await send(url, { body: hello({ stream: n % 2 === 0 }), key: KEYS.healthy });
}

/** The most resident memory of a gateway under the healthy requests alone, in bytes. What an attack adds is counted from there. */
export async function baseline(gateway: HostileGateway): Promise<number> {
  await gateway.query('mark');
  await wait(ALONE_MS);
  return (await gateway.query('read'))?.peakRss ?? Number.NaN;
}
