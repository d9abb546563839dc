import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { GatewayEvent } from '../../src/domain/events.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { createGateway } from '../../src/gateway/open.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createMemoryCounts } from '../../src/state/shared/memory-counts.ts';
import { chatCompletion, type ScriptedUpstream, startScriptedUpstream } from '../../src/testing/index.ts';
import { type FailingCounts, failingCounts } from '../helpers/failing-counts.ts';
import { post } from '../helpers/gateway.ts';

const URL = 'http://x/v1/chat/completions';
const BODY = { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 12 };

interface Replicas extends AsyncDisposable {
  readonly gateways: readonly Gateway[];
  readonly ledgers: readonly FailingCounts[];
  readonly events: GatewayEvent[];
  /** Sends requests to all gateways in turn, all at once, and returns their statuses. */
  send(many: number): Promise<readonly Response[]>;
}

let upstream: ScriptedUpstream;
let asked = 0;
beforeAll(async () => {
  upstream = await startScriptedUpstream({
    script() {
      asked++;
      return chatCompletion({ content: 'Hello' });
    },
  });
});
afterAll(async () => upstream[Symbol.asyncDispose]());

async function replicasOf(many: number, limits: object, parts: Partial<ConfigInput> = {}): Promise<Replicas> {
  const counts = createMemoryCounts(systemClock);
  const events: GatewayEvent[] = [];
  const ledgers = Array.from({ length: many }, (_, index) => failingCounts(counts.connect(`p${index}`)));
  const config: ConfigInput = {
    providers: { a: { baseUrl: upstream.baseUrl, apiKey: crypto.randomUUID(), models: { m: { limits } } } },
    chains: { default: { entries: ['a/m'] } },
    defaults: { chain: 'default' },
    ...parts,
  };
  const gateways = await Promise.all(
    ledgers.map((ledger, index) =>
      createGateway(config, {
        environment: {},
        ledger: { counts: ledger, process: `p${index}` },
        onEvent: (event) => void events.push(event),
      }),
    ),
  );
  return {
    gateways,
    ledgers,
    events,
    send: (requests) =>
      Promise.all(
        Array.from({ length: requests }, async (_, index) => {
          const gateway = gateways[index % gateways.length];
          if (gateway === undefined) throw new Error('no gateway');
          const response = await post(gateway.fetch, URL, BODY);
          await response.arrayBuffer();
          return response;
        }),
      ),
    [Symbol.asyncDispose]: async () => void (await Promise.all(gateways.map((each) => each.close()))),
  };
}

const served = (responses: readonly Response[]): number => responses.filter(({ status }) => status === 200).length;

describe('three gateways on one ledger', () => {
  test('of a thousand requests at once exactly as many reach the provider as its limit allows; the others are told when', async () => {
    await using replicas = await replicasOf(3, { requestsPerMinute: 100 });
    const before = asked;
    const responses = await replicas.send(1000);
    expect(served(responses)).toBe(100);
    expect(asked - before).toBe(100);
    const refused = responses.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    expect(refused.every(({ headers }) => Number(headers.get('retry-after')) > 0)).toBe(true);
  });

  test('a client that disconnects while the ledger is asked costs nothing, and gives back what it was granted', async () => {
    await using replicas = await replicasOf(1, { concurrency: 1 });
    const [gateway] = replicas.gateways;
    const before = asked;
    replicas.ledgers[0]?.become('hung');
    const abort = new AbortController();
    const body = JSON.stringify(BODY);
    const headers = { 'content-type': 'application/json' };
    const sent = gateway?.fetch(URL, { method: 'POST', headers, body, signal: abort.signal });
    await expect.poll(() => replicas.ledgers[0]?.syncs()).toBeGreaterThan(0);
    abort.abort();
    await expect(sent).rejects.toThrow();
    replicas.ledgers[0]?.become('none');
    await expect
      .poll(() => replicas.events.filter(({ kind }) => kind === 'request_finished'))
      .toMatchObject([{ code: 'client_closed' }]);
    expect(asked).toBe(before);
    expect(served(await replicas.send(1))).toBe(1);
  });

  test('a lost ledger fails no request, is one event for each gateway, and shows in the metrics', async () => {
    await using replicas = await replicasOf(3, { requestsPerMinute: 300 });
    await replicas.send(30);
    for (const ledger of replicas.ledgers) ledger.become('refusing');
    expect(served(await replicas.send(60))).toBe(60);
    expect(replicas.events.filter(({ kind }) => kind === 'state_changed')).toMatchObject(
      Array.from({ length: 3 }, () => ({ mode: 'local', processes: 3 })),
    );
    const metrics = async (): Promise<string> => (await replicas.gateways[0]?.fetch('http://x/metrics'))?.text() ?? '';
    expect(await metrics()).toMatch(/^spillway_state_shared 0$/m);
    for (const ledger of replicas.ledgers) ledger.become('none');
    await expect.poll(metrics, { timeout: 5000 }).toMatch(/^spillway_state_shared 1$/m);
    expect(await metrics()).toMatch(/^spillway_state_processes 3$/m);
    expect(
      replicas.events.filter((event) => event.kind === 'state_changed' && event.mode === 'shared').length,
    ).toBeGreaterThan(0);
  });
});
