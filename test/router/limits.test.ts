import { describe, expect, test } from 'vitest';
import { createClient, type LimitStatus } from '../../client/index.ts';
import { chatCompletion, openaiError } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { turns } from '../faults/wire.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const OK = chatCompletion({ content: 'ok' });
const SLOW = openaiError(429, 'slow', { headers: { 'retry-after': '30' } });
const sendHello = async ({ url }: Rig) => (await post(fetch, `${url}/v1/chat/completions`, HELLO)).text();

describe('limits.list', () => {
  test('returns the same over REST, tRPC and in process: each limit, its source and what is used of it', async () => {
    await using rig = await startRig([OK, SLOW], {
      clock: fakeClock(),
      providers: { a: { limits: { requestsPerMinute: 3 } } },
    });
    await sendHello(rig);
    const list = await rig.gateway.caller.limits.list();
    expect(await createClient(rig).limits.list()).toEqual(list);
    expect(await (await fetch(`${rig.url}/v1/limits`)).json()).toEqual(list);
    expect(list.data).toEqual([
      {
        id: 'a/model-a',
        object: 'limit',
        provider: 'a',
        model: 'model-a',
        key: null,
        state: 'ready',
        reason: null,
        retry_at: null,
        windows: [
          { window: 'requestsPerMinute', limit: 3, source: 'configured', used: 1, reserved: 0, resets_at: 1_060_000 },
        ],
        running: 0,
        concurrency: null,
        concurrency_source: null,
        first_token_ms: null,
        retries_refused: 0,
      },
      expect.objectContaining({ id: 'b/model-b', state: 'ready', windows: [] }),
    ]);
  });
});

describe('limits.watch', () => {
  test('sends every row, then each row that changes, also when a cooldown merely expires', async () => {
    const clock = fakeClock();
    await using rig = await startRig([[SLOW, OK], OK], { clock });
    const rows = createClient(rig).limits.watch()[Symbol.asyncIterator]();
    /** The next row with this id. */
    const next = async (expected: string): Promise<Pick<LimitStatus, 'state' | 'reason'>> => {
      for (;;) {
        const { id, state, reason } = (await rows.next()).value as LimitStatus;
        if (id === expected) return { state, reason };
      }
    };
    expect(await next('a/model-a')).toEqual({ state: 'ready', reason: null });
    expect(await next('b/model-b')).toEqual({ state: 'ready', reason: null });
    /** Runs the watch, which waits on the clock between rows. */
    const runWatch = async (): Promise<void> => {
      for (let n = 0; n < 5; n++) {
        await turns(20);
        clock.advance(100);
      }
    };
    await sendHello(rig);
    await runWatch();
    expect(await next('a/model-a')).toEqual({ state: 'cooling_down', reason: 'throttled' });
    clock.advance(30_000);
    await runWatch();
    expect(await next('a/model-a')).toEqual({ state: 'ready', reason: null });
    await rows.return?.(undefined);
    await rig.ended(1);
    expect(rig.codes()).toEqual(['client_closed', 'ok']);
  });

  test('ends with an error when the gateway shuts down, and does not delay the shutdown', async () => {
    await using rig = await startRig([OK]);
    const stream = await rig.gateway.caller.limits.watch();
    const reading = (async () => {
      for await (const _ of stream) continue;
    })();
    await rig.gateway.close();
    await expect(reading).rejects.toMatchObject({ code: 'shutting_down' });
  });
});

describe('chains.explain', () => {
  test('returns which entries would be tried, in which order and why, and sends nothing', async () => {
    const clock = fakeClock();
    await using rig = await startRig([SLOW, OK, OK], {
      clock,
      providers: { c: { models: { 'model-c': { tools: false, contextTokens: 100 } } } },
    });
    await sendHello(rig);
    const input = { ...HELLO, tools: [{ type: 'function', function: { name: 'f' } }] };
    const plan = await createClient(rig).chains.explain(input);
    expect(plan).toMatchObject({ object: 'chain.plan', chain: 'default', policy: 'ordered' });
    expect(plan.data.map(({ provider, action, retry_at: retryAt }) => [provider, action, retryAt])).toEqual([
      ['a', 'wait', 1_030_000],
      ['b', 'try', null],
      ['c', 'skip', null],
    ]);
    expect(plan.data.map(({ code }) => code)).toEqual(['cooling_down', null, 'lacks_capability']);
    expect(plan.data.map(({ reason }) => reason)).toEqual([
      'Cooling down for another 30 s: throttled.',
      'In the order of the chain.',
      'Cannot take this request: tools.',
    ]);
    const overRest = await post(fetch, `${rig.url}/v1/chains/explain`, input);
    expect(await overRest.json()).toEqual(plan);
    expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([1, 1, 0]);
  });

  test('plans embeddings too, and refuses an unknown model', async () => {
    await using rig = await startRig([OK]);
    const plan = await rig.gateway.caller.chains.explain({ operation: 'embeddings', input: 'word '.repeat(100) });
    expect(plan.data[0]?.tokens).toBeGreaterThan(100);
    await expect(rig.gateway.caller.chains.explain({ model: 'x' })).rejects.toMatchObject({ code: 'model_not_found' });
  });
});

test('entries that cannot take a request are skipped, and without any other the answer is 400', async () => {
  await using rig = await startRig([OK, OK], {
    providers: { a: { models: { 'model-a': { images: false } } }, b: { models: { 'model-b': { images: false } } } },
  });
  const content = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }];
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, {
    ...HELLO,
    messages: [{ role: 'user', content }],
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: {
      code: 'no_suitable_entry',
      type: 'invalid_request_error',
      message: 'No entry can take this request: 2 skipped (lacks capability). Not supported: images.',
      attempts: [
        { outcome: 'skipped', reason: 'lacks_capability' },
        { outcome: 'skipped', reason: 'lacks_capability' },
      ],
    },
  });
  expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([0, 0]);
});
