import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { GatewayEvent } from '../../src/domain/events.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { createGateway } from '../../src/gateway/open.ts';
import { chatCompletion, type ScriptedUpstream, startScriptedUpstream } from '../../src/testing/index.ts';
import { post } from '../helpers/gateway.ts';
import { REDIS, RedisServer, redisTitle } from '../helpers/redis.ts';

const URL = 'http://x/v1/chat/completions';
const BODY = { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 12 };
/** How long a request takes upstream, in milliseconds. */
const ANSWER_MS = 20;

function served(all: readonly { readonly status: number }[]): number {
  return all.filter(({ status }) => status === 200).length;
}

describe.skipIf(REDIS === undefined)(redisTitle('three gateways that share limits in Redis'), () => {
  let redis: RedisServer;
  let upstream: ScriptedUpstream;
  let asked = 0;
  let running = 0;
  let mostRunning = 0;
  const open = new AsyncDisposableStack();
  let gateways: Gateway[] = [];
  let events: GatewayEvent[] = [];

  beforeAll(async () => {
    upstream = open.use(
      await startScriptedUpstream({
        async script() {
          asked++;
          mostRunning = Math.max(mostRunning, ++running);
          await wait(ANSWER_MS);
          running--;
          return chatCompletion({ content: 'Hello' });
        },
      }),
    );
  });
  beforeEach(async () => {
    redis = await RedisServer.start();
    [asked, running, mostRunning, gateways, events] = [0, 0, 0, [], []];
  });
  afterEach(async () => {
    redis.signal('SIGCONT');
    await Promise.all(gateways.map((each) => each.close()));
    await redis[Symbol.asyncDispose]();
  });
  afterAll(() => open[Symbol.asyncDispose]());

  async function openGateways(limits: object, parts: Partial<ConfigInput> = {}, many = 3): Promise<void> {
    const config: ConfigInput = {
      providers: { a: { baseUrl: upstream.baseUrl, apiKey: randomUUID(), models: { m: { limits } } } },
      chains: { default: { entries: ['a/m'] } },
      defaults: { chain: 'default' },
      state: { redis: redis.url(), replicas: many },
      ...parts,
    };
    const options = { environment: {}, onEvent: (event: GatewayEvent) => void events.push(event) };
    gateways = await Promise.all(Array.from({ length: many }, () => createGateway(config, options)));
  }

  async function send(index: number): Promise<{ readonly status: number; readonly ms: number }> {
    const since = performance.now();
    const gateway = gateways[index % gateways.length];
    if (gateway === undefined) throw new Error('no gateway');
    const response = await post(gateway.fetch, URL, BODY);
    await response.arrayBuffer();
    return { status: response.status, ms: performance.now() - since };
  }

  const sendAll = (many: number) => Promise.all(Array.from({ length: many }, (_, index) => send(index)));
  const modes = (): readonly string[] =>
    events.flatMap((event) => (event.kind === 'state_changed' ? [event.mode] : []));

  test('limit 100 and a thousand requests at once: exactly a hundred reach the provider', async () => {
    await openGateways({ requestsPerMinute: 100 });
    expect(served(await sendAll(1000))).toBe(100);
    expect(asked).toBe(100);
  });

  test('a concurrency of 10 is never exceeded, and 10 of 60 requests at once are served', async () => {
    await openGateways({ concurrency: 10 });
    expect(served(await sendAll(60))).toBe(10);
    expect(mostRunning).toBe(10);
  });

  test('with a queue all 60 are served, ten at a time', async () => {
    await openGateways(
      { concurrency: 10 },
      { chains: { default: { entries: ['a/m'], queue: { maxWait: '20s', maxSize: 100 } } } },
    );
    expect(served(await sendAll(60))).toBe(60);
    expect(mostRunning).toBe(10);
  });

  test('tokens are booked before they are spent', async () => {
    await openGateways({ tokensPerMinute: 1000 });
    const all = served(await sendAll(90));
    expect(all).toBeGreaterThanOrEqual(5);
    expect(asked).toBe(all);
    const { windows } = await limitsOf(gateways[0]);
    expect(windows[0]?.used).toBeLessThanOrEqual(1000 + 12 * all);
  });

  test('a stopped Redis fails no request, and only those under way pay the timeout', async () => {
    await openGateways({ requestsPerMinute: 100_000 });
    await sendAll(30);
    redis.signal('SIGSTOP');
    const all: Promise<{ readonly status: number; readonly ms: number }>[] = [];
    for (let sent = 0; sent < 60; sent++) {
      all.push(send(sent));
      await wait(16);
    }
    const results = await Promise.all(all);
    expect(served(results)).toBe(60);
    expect(modes()).toEqual(['local', 'local', 'local']);
    // Batches of each gateway are under way when it stops; a busy machine adds to it. All others pay nothing.
    expect(results.filter(({ ms }) => ms > ANSWER_MS + 45).length).toBeLessThanOrEqual(15);
  });

  test('after a stop takes are exact again, with all that was taken meanwhile', async () => {
    await openGateways({ requestsPerMinute: 60 });
    expect(served(await sendAll(9))).toBe(9);
    redis.signal('SIGSTOP');
    await sendAll(3);
    expect(served(await sendAll(12))).toBe(12);
    redis.signal('SIGCONT');
    await expect.poll(() => modes().filter((mode) => mode === 'shared').length, { timeout: 10_000 }).toBe(3);
    await sendAll(300);
    expect(asked).toBe(60);
  });

  test('a killed Redis: the shares are what was left, and an empty one that comes back gives no more', async () => {
    await openGateways({ requestsPerMinute: 30 });
    expect(served(await sendAll(6))).toBe(6);
    // What others have used is known a second later at most.
    for (const gateway of gateways)
      await expect.poll(() => firstWindow(gateway), LONG).toMatchObject({ used: 6, reserved: 0 });
    await redis.stop();
    await expect.poll(() => modes().length, { timeout: 5000 }).toBe(3);
    await sendAll(120);
    expect(asked).toBeGreaterThanOrEqual(27);
    expect(asked).toBeLessThanOrEqual(30);
    await redis.start();
    await expect.poll(() => modes().filter((mode) => mode === 'shared').length, { timeout: 10_000 }).toBe(3);
    await sendAll(60);
    expect(asked).toBeLessThanOrEqual(30);
  });

  test('without a Redis at the start the gateways serve from shares by the configured number of replicas', async () => {
    await redis.stop();
    await openGateways({ requestsPerMinute: 31 });
    await sendAll(90);
    expect(asked).toBe(30);
    expect(modes()).toEqual(['local', 'local', 'local']);
    const ready = await gateways[0]?.fetch('http://x/readyz');
    expect(ready?.status).toBe(200);
  });

  test('a flushed Redis gives no more than was left', async () => {
    await openGateways({ requestsPerMinute: 60 });
    expect(served(await sendAll(30))).toBe(30);
    // What is reported after the loss and before it is noticed would count twice.
    await expect.poll(() => firstWindow(gateways[0]), LONG).toMatchObject({ used: 30, reserved: 0 });
    await redis.run(['FLUSHALL']);
    await expect.poll(() => modes().filter((mode) => mode === 'shared').length, { timeout: 10_000 }).toBe(3);
    await sendAll(200);
    expect(asked).toBeLessThanOrEqual(60);
    expect(asked).toBeGreaterThanOrEqual(57);
  });
});

const LONG = { timeout: 10_000 };

async function firstWindow(gateway: Gateway | undefined): Promise<Limits['windows'][number] | undefined> {
  return (await limitsOf(gateway)).windows[0];
}

interface Limits {
  readonly windows: readonly { readonly used: number; readonly reserved: number }[];
}

async function limitsOf(gateway: Gateway | undefined): Promise<Limits> {
  if (gateway === undefined) throw new Error('no gateway');
  const response = await gateway.fetch('http://x/v1/limits');
  const { data } = (await response.json()) as { readonly data: readonly Limits[] };
  return data[0] ?? { windows: [] };
}
