import { describe, expect, test } from 'vitest';
import { createGrowingWaits } from '../../src/chain/growing-waits.ts';
import { chatCompletion, openaiError, type Reply, responder } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { hitsOf, post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const FAILS = openaiError(500, 'oops');

describe('the waits of a chain', () => {
  test('double with each failure after the wait before, up to a minute', () => {
    const waits = createGrowingWaits();
    let now = 1_000_000;
    const seen = [];
    for (let n = 0; n < 9; n++) {
      const seconds = waits.failed('a', now);
      seen.push(seconds);
      now += seconds * 1000;
    }
    expect(seen).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  test('grow once for failures within the present wait', () => {
    const waits = createGrowingWaits();
    expect(Array.from({ length: 50 }, () => waits.failed('a', 0))).toEqual(Array.from({ length: 50 }, () => 1));
    expect([waits.failed('a', 999), waits.failed('a', 1000), waits.failed('a', 1000), waits.failed('a', 2999)]).toEqual(
      [1, 2, 2, 2],
    );
    expect(waits.failed('a', 3000)).toBe(4);
  });

  test('are separate for each chain, and start over after a success and after ten idle minutes', () => {
    const waits = createGrowingWaits();
    waits.failed('a', 0);
    expect([waits.failed('a', 1000), waits.failed('b', 1000)]).toEqual([2, 1]);
    waits.answered('a');
    expect(waits.failed('a', 1001)).toBe(1);
    expect(waits.failed('a', 601_000)).toBe(2);
    expect(waits.failed('a', 1_201_000)).toBe(1);
  });

  test('are kept for so many chains at most', () => {
    const waits = createGrowingWaits();
    waits.failed('first', 0);
    for (let n = 0; n < 10_001; n++) waits.failed(`p/${n}`, 0);
    expect(waits.failed('first', 1000)).toBe(1);
    expect(waits.failed('p/10000', 1000)).toBe(2);
  });
});

interface Exhausted {
  readonly retryAfter: number;
  readonly shouldRetry: string | null;
}

async function send({ gateway }: Rig, model = 'default'): Promise<Exhausted> {
  const response = await post(gateway.fetch, 'http://x/v1/chat/completions', { ...HELLO, model });
  await response.text();
  const { headers } = response;
  return { retryAfter: Number(headers.get('retry-after')), shouldRetry: headers.get('x-should-retry') };
}

/** The waits that a client sees that waits each of them. */
async function waitsOf(rig: Rig, clock: ReturnType<typeof fakeClock>, times: number): Promise<number[]> {
  const seen = [];
  for (let n = 0; n < times; n++) {
    const { retryAfter } = await send(rig);
    seen.push(retryAfter);
    clock.advance(retryAfter * 1000);
  }
  return seen;
}

const limited = (seconds: number): Reply => openaiError(429, 'slow', { headers: { 'retry-after': String(seconds) } });

describe('retry-after of an exhausted chain', () => {
  test('grows while every entry fails, with open breakers too, and no entry is sent more than it must be', async () => {
    const clock = fakeClock();
    await using rig = await startRig([FAILS, { head: false, end: 'rst' }], { clock });
    expect(await waitsOf(rig, clock, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    // At 0, 1, 3, 7 and 15 s the breakers are closed, and at 31, 63 and 123 s one request may probe each entry.
    expect(hitsOf(rig)).toEqual([8, 8]);
  });

  test('grows once for requests that fail together', async () => {
    await using rig = await startRig([FAILS], { clock: fakeClock() });
    const all = await Promise.all(Array.from({ length: 50 }, () => send(rig)));
    expect(new Set(all.map(({ retryAfter }) => retryAfter))).toEqual(new Set([1]));
    // Five open the breaker, and the others that had begun by then; after that one is the last resort.
    const before = hitsOf(rig)[0] ?? 0;
    await Promise.all(Array.from({ length: 50 }, () => send(rig)));
    expect((hitsOf(rig)[0] ?? 0) - before).toBe(1);
  });

  test('is the shortest again after one success', async () => {
    const clock = fakeClock();
    let down = true;
    const script = (): Reply => (down ? FAILS : chatCompletion({ content: 'x' }));
    await using rig = await startRig([script], { clock });
    expect(await waitsOf(rig, clock, 4)).toEqual([1, 2, 4, 8]);
    down = false;
    await send(rig);
    down = true;
    expect(await waitsOf(rig, clock, 2)).toEqual([1, 2]);
  });

  test('grows for each chain by itself', async () => {
    const clock = fakeClock();
    await using rig = await startRig([FAILS], { clock });
    expect(await waitsOf(rig, clock, 3)).toEqual([1, 2, 4]);
    expect((await send(rig, 'a/model-a')).retryAfter).toBe(1);
  });

  test('is the shorter one of a limit’s end and the growing wait of an entry that fails', async () => {
    const clock = fakeClock();
    await using rig = await startRig([limited(40), FAILS], { clock });
    expect(await send(rig)).toEqual({ retryAfter: 1, shouldRetry: null });
    clock.advance(1000);
    expect(await send(rig)).toEqual({ retryAfter: 2, shouldRetry: null });
    clock.advance(36_000);
    expect(await send(rig)).toEqual({ retryAfter: 3, shouldRetry: null });
  });

  test('grows where the only known end is one of a limit that lasts, or of an entry that fails', async () => {
    const clock = fakeClock();
    await using rig = await startRig([openaiError(402, 'pay'), FAILS], { clock });
    expect(await waitsOf(rig, clock, 4)).toEqual([1, 2, 4, 8]);

    const other = fakeClock();
    let n = 0;
    const script = (): Reply => (n++ < 5 ? FAILS : limited(3));
    await using failing = await startRig([script], { clock: other });
    for (let sent = 0; sent < 5; sent++) await send(failing);
    // The last resort is limited, and its breaker stays open.
    expect((await send(failing)).retryAfter).toBe(1);
    expect((await send(failing)).retryAfter).toBe(1);
    other.advance(2000);
    expect((await send(failing)).retryAfter).toBe(2);
  });

  test('is a limit’s own where nothing fails, and never grows', async () => {
    const clock = fakeClock();
    await using rig = await startRig([limited(30)], { clock });
    expect((await send(rig)).retryAfter).toBe(30);
    expect((await send(rig)).retryAfter).toBe(30);
    clock.advance(29_000);
    expect((await send(rig)).retryAfter).toBe(1);
  });

  test('is one second at a concurrency limit', async () => {
    const options: RigOptions = { clock: fakeClock(), providers: { a: { limits: { concurrency: 1 } } } };
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const answer = responder({ content: 'x' });
    await using rig = await startRig(
      [
        async (request) => {
          await held;
          return answer(request);
        },
      ],
      options,
    );
    const first = send(rig);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    for (let n = 0; n < 3; n++) expect((await send(rig)).retryAfter).toBe(1);
    release();
    await first;
  });

  test('is the time of the first probe at least where open breakers are not ignored', async () => {
    const clock = fakeClock();
    await using rig = await startRig([FAILS], { clock, chain: { lastResort: false } });
    for (let n = 0; n < 4; n++) expect((await send(rig)).retryAfter).toBe(1);
    expect((await send(rig)).retryAfter).toBe(5);
    clock.advance(2000);
    expect((await send(rig)).retryAfter).toBe(3);
    expect(hitsOf(rig)).toEqual([5]);
  });
});

describe('a last resort', () => {
  test('is tried once in 5 seconds over all chains that have its entry, and otherwise the request is exhausted at once', async () => {
    const clock = fakeClock();
    await using rig = await startRig([FAILS], { clock });
    for (let n = 0; n < 5; n++) await send(rig);
    clock.advance(5000);
    await send(rig);
    // The probe has failed, and the breaker is open for 10 seconds.
    expect(hitsOf(rig)).toEqual([6]);
    await Promise.all([send(rig), send(rig, 'a/model-a'), send(rig), send(rig, 'a/model-a')]);
    expect(hitsOf(rig)).toEqual([7]);
    clock.advance(4999);
    await Promise.all([send(rig), send(rig, 'a/model-a')]);
    expect(hitsOf(rig)).toEqual([7]);
    clock.advance(1);
    await Promise.all([send(rig), send(rig, 'a/model-a')]);
    expect(hitsOf(rig)).toEqual([8]);
  });

  test('of an entry with several keys may use each of them within one request', async () => {
    const clock = fakeClock();
    let recovered: 'no' | 'second key' = 'no';
    const keys: string[] = [];
    await using rig = await startRig(
      [
        ({ headers }) => {
          const key = String(headers['authorization']);
          if (recovered === 'no') return FAILS;
          keys.push(key);
          return keys.length === 1 ? openaiError(429, 'slow') : chatCompletion({ content: 'x' });
        },
      ],
      { clock, provider: { apiKeys: ['key-number-one', 'key-number-two'] } },
    );
    for (let n = 0; n < 5; n++) await send(rig);
    recovered = 'second key';
    const response = await post(rig.gateway.fetch, 'http://x/v1/chat/completions', HELLO);
    expect(response.status).toBe(200);
    expect(new Set(keys).size).toBe(2);
  });
});
