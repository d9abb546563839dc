import type { FastifyInstance } from 'fastify';
import type { Gateway, GatewayOptions } from '../../src/gateway/gateway.ts';
import { createGateway } from '../../src/gateway/open.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { serverSettings } from '../../src/config/server-settings.ts';
import type { GatewayEvent, RequestFinished } from '../../src/domain/events.ts';
import { createServer } from '../../src/http/server.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { type Script, type ScriptedUpstream, startScriptedUpstream } from '../../src/testing/index.ts';

/** A gateway over scripted upstreams `a`, `b`, ... in one chain `default`, listening on loopback. */
export interface Rig extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly app: FastifyInstance;
  readonly url: string;
  readonly upstreams: readonly ScriptedUpstream[];
  readonly events: GatewayEvent[];
  readonly finished: () => RequestFinished[];
  /** The codes of the finished requests, sorted. */
  readonly codes: () => string[];
  /** Resolves with the n-th terminal event. */
  readonly ended: (n?: number) => Promise<RequestFinished>;
  /** Runs when the rig is disposed, before the gateway closes. */
  readonly defer: (close: () => Promise<unknown>) => void;
}

/** Options of a rig. */
export interface RigOptions {
  readonly chain?: Omit<ConfigInput['chains'][string], 'entries'>;
  readonly config?: Partial<ConfigInput>;
  readonly bodyLimit?: number;
  readonly writeIdle?: number;
  readonly stages?: GatewayOptions['stages'];
  readonly clock?: Clock;
  /** Gets every event after the rig. */
  readonly onEvent?: GatewayOptions['onEvent'];
  readonly lookup?: GatewayOptions['lookup'];
  readonly environment?: GatewayOptions['environment'];
  readonly keySources?: GatewayOptions['keySources'];
  readonly ledger?: GatewayOptions['ledger'];
  readonly admission?: GatewayOptions['admission'];
  readonly random?: GatewayOptions['random'];
  readonly sharedRuns?: GatewayOptions['sharedRuns'];
  /** Extra members for single providers, by name. */
  readonly providers?: Readonly<Record<string, Partial<ConfigInput['providers'][string]>>>;
  /** Extra members for each of the rig's providers. */
  readonly provider?: Partial<ConfigInput['providers'][string]>;
}

/** Starts a rig with one upstream for each script. Dispose closes the gateway and its upstreams. */
export async function startRig(scripts: readonly Script[], options: RigOptions = {}): Promise<Rig> {
  const upstreams = await Promise.all(scripts.map((script) => startScriptedUpstream({ script })));
  const names = upstreams.map((_, index) => String.fromCodePoint(97 + index));
  const events: GatewayEvent[] = [];
  const listeners: (() => void)[] = [];
  const closes: (() => Promise<unknown>)[] = [];
  const gateway = await createGateway(
    {
      providers: Object.fromEntries(
        upstreams.map(({ baseUrl }, index) => [
          names[index] ?? '',
          withKey({ baseUrl, ...options.provider, ...options.providers?.[names[index] ?? ''] }),
        ]),
      ),
      chains: { default: { ...options.chain, entries: names.map((name) => `${name}/model-${name}`) } },
      defaults: { chain: 'default' },
      ...options.config,
    },
    {
      environment: options.environment ?? {},
      lookup: options.lookup,
      stages: options.stages,
      clock: options.clock,
      keySources: options.keySources,
      ledger: options.ledger,
      admission: options.admission,
      random: options.random,
      sharedRuns: options.sharedRuns,
      onEvent(event) {
        events.push(event);
        for (const notify of listeners) notify();
        for (const listener of [options.onEvent ?? []].flat()) listener(event);
      },
    },
  );
  const settings = serverSettings(gateway.config);
  const app = createServer({
    doors: gateway.doors,
    clock: options.clock ?? systemClock,
    settings: { ...settings, bodyLimit: options.bodyLimit ?? 1024 * 1024, writeIdle: options.writeIdle ?? 10_000 },
    originRules: () => (gateway.keyless ? { host: '127.0.0.1', origins: settings.origins } : undefined),
    draining: () => gateway.draining,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const finished = (): RequestFinished[] => events.filter((event) => event.kind === 'request_finished');
  return {
    gateway,
    app,
    url,
    upstreams,
    events,
    finished,
    codes: () =>
      finished()
        .map(({ code }) => code)
        .toSorted(),
    ended(n = 0) {
      const { promise, resolve } = Promise.withResolvers<RequestFinished>();
      const check = (): void => {
        const event = finished()[n];
        if (event !== undefined) resolve(event);
      };
      listeners.push(check);
      check();
      return promise;
    },
    defer: (close) => void closes.push(close),
    async [Symbol.asyncDispose]() {
      await Promise.all(closes.map((close) => close()));
      await gateway.close();
      app.server.closeAllConnections();
      await app.close();
      await Promise.all(upstreams.map((upstream) => upstream.close()));
    },
  };
}

/** Adds an API key, unless the provider has a pool of keys. */
function withKey(provider: ConfigInput['providers'][string]): ConfigInput['providers'][string] {
  return provider.apiKeys === undefined ? { apiKey: 'sk-upstream-secret-0123456789', ...provider } : provider;
}

/** The number of requests that each upstream of a rig has received. */
export const hitsOf = ({ upstreams }: Rig): number[] => upstreams.map(({ hits }) => hits.length);

/** Posts a body as JSON; `fetch` may be the gateway's own. */
export function post(fetchLike: typeof fetch, url: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetchLike(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
    headers: { 'content-type': 'application/json', ...(init.headers as Record<string, string> | undefined) },
  });
}
