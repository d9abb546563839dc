import { describe, expect, test } from 'vitest';
import { chatCompletion, openaiError, type Reply, type ScriptedRequest } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { hitsOf, post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const OK = chatCompletion({ content: 'ok' });
const FAILS = openaiError(503, 'oops');

async function send({ gateway }: Rig) {
  const response = await post(gateway.fetch, 'http://x/v1/chat/completions', HELLO);
  await response.text();
  return `${response.status} by ${response.headers.get('x-spillway-provider')}`;
}

async function sendOften(rig: Rig, times: number): Promise<string[]> {
  const results = [];
  for (let n = 0; n < times; n++) results.push(await send(rig));
  return results;
}

describe('CH-13 the circuit breaker of an entry', () => {
  test('opens after five failures, admits exactly one probe, and closes when the probe succeeds', async () => {
    const clock = fakeClock();
    let recovered = false;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const script = async (_: ScriptedRequest, n: number): Promise<Reply> => {
      if (n >= 5) await held;
      return recovered ? OK : FAILS;
    };
    await using rig = await startRig([script, OK], { clock });
    expect(new Set(await sendOften(rig, 10))).toEqual(new Set(['200 by b']));
    expect(hitsOf(rig)).toEqual([5, 10]);
    const { data } = await rig.gateway.caller.chains.status();
    expect(data[0]?.entries[0]).toMatchObject({ state: 'failing', reason: 'overloaded' });

    clock.advance(5000);
    recovered = true;
    const probing = Promise.all(Array.from({ length: 20 }, () => send(rig)));
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 6);
    await rig.upstreams[1]?.until(({ hits }) => hits.length === 29);
    expect(hitsOf(rig)).toEqual([6, 29]);
    release();
    expect((await probing).filter((each) => each === '200 by a')).toHaveLength(1);
    expect(new Set(await sendOften(rig, 5))).toEqual(new Set(['200 by a']));
  });

  test('stays open for twice as long after each failed probe', async () => {
    const clock = fakeClock();
    await using rig = await startRig([FAILS, OK], { clock });
    await sendOften(rig, 5);
    for (const wait of [5000, 10_000, 20_000, 40_000]) {
      const before = hitsOf(rig)[0] ?? 0;
      clock.advance(wait - 1);
      await send(rig);
      expect(hitsOf(rig)[0]).toBe(before);
      clock.advance(1);
      await send(rig);
      expect(hitsOf(rig)[0]).toBe(before + 1);
    }
  });

  test('is ignored when no other entry could answer, so that a chain always has a candidate', async () => {
    const clock = fakeClock();
    let recovered = false;
    const script = (): Reply => (recovered ? OK : FAILS);
    await using rig = await startRig([script, script], { clock });
    await sendOften(rig, 5);
    recovered = true;
    expect(await send(rig)).toBe('200 by a');
  });

  test('is ignored once in 5 seconds for each entry, over all requests', async () => {
    const clock = fakeClock();
    await using rig = await startRig([FAILS, FAILS], { clock });
    await sendOften(rig, 5);
    // The breakers stay open for 10 seconds after the probe fails.
    clock.advance(5000);
    await send(rig);
    expect(hitsOf(rig)).toEqual([6, 6]);
    await Promise.all(Array.from({ length: 20 }, () => send(rig)));
    expect(hitsOf(rig)).toEqual([7, 7]);
    clock.advance(4999);
    await sendOften(rig, 3);
    expect(hitsOf(rig)).toEqual([7, 7]);
    clock.advance(1);
    await sendOften(rig, 3);
    expect(hitsOf(rig)).toEqual([8, 8]);
  });

  test('is not ignored with lastResort: false', async () => {
    await using rig = await startRig([FAILS], { clock: fakeClock(), chain: { lastResort: false } });
    await sendOften(rig, 8);
    expect(hitsOf(rig)).toEqual([5]);
  });

  test('stays closed when the entry refuses requests with a 400', async () => {
    await using rig = await startRig([openaiError(400, 'yours'), OK]);
    await sendOften(rig, 10);
    expect(hitsOf(rig)).toEqual([10, 10]);
  });

  test('CH-14 stays closed for an entry that fails now and then', async () => {
    await using rig = await startRig([(_, n) => (n % 4 === 0 ? FAILS : OK), OK]);
    await sendOften(rig, 40);
    expect(hitsOf(rig)[0]).toBe(40);
  });
});

describe('CH-08 an overloaded entry is retried before the next one is tried', () => {
  test('as often as the chain allows, after a wait', async () => {
    await using rig = await startRig([[FAILS, FAILS, OK], OK], { chain: { retry: { overloaded: 2, backoff: '1ms' } } });
    expect(await send(rig)).toBe('200 by a');
    expect(hitsOf(rig)).toEqual([3, 0]);
    expect(rig.finished()[0]?.trail.map(({ outcome }) => outcome)).toEqual(['overloaded', 'overloaded', 'answered']);
  });

  test('CH-07 for at most a fifth of its requests, and refused retries are counted', async () => {
    const flaky = (_: ScriptedRequest, n: number): Reply => (n % 2 === 0 ? FAILS : OK);
    await using rig = await startRig([flaky, OK], { chain: { retry: { overloaded: 1, backoff: '1ms' } } });
    const requests = 200;
    await sendOften(rig, requests);
    const trails = rig.finished().flatMap(({ trail }) => trail.filter(({ provider }) => provider === 'a'));
    expect(trails.length - requests).toBeLessThanOrEqual(requests * 0.2 + 3);
    const { data } = await rig.gateway.caller.limits.list();
    expect(data[0]?.retries_refused).toBeGreaterThan(10);
  });

  test('and a disconnect during the wait cancels the retry', async () => {
    const clock = fakeClock();
    await using rig = await startRig([FAILS, OK], { clock, chain: { retry: { overloaded: 1, backoff: '10s' } } });
    const controller = new AbortController();
    const pending = post(rig.gateway.fetch, 'http://x/v1/chat/completions', HELLO, { signal: controller.signal });
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.endedAt !== undefined);
    controller.abort();
    await expect(pending).rejects.toThrow();
    expect((await rig.ended()).code).toBe('client_closed');
    expect(hitsOf(rig)).toEqual([1, 0]);
  });
});
