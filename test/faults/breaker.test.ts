import { describe, expect, test } from 'vitest';
import { chatCompletion, openaiError, type Reply, type ScriptedRequest } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { HELLO, post, type Rig, startRig } from '../helpers/gateway.ts';

const OK = chatCompletion({ content: 'ok' });
const FAILS = openaiError(503, 'oops');

async function ask({ gateway }: Rig) {
  const response = await post(gateway.fetch, 'http://x/v1/chat/completions', HELLO);
  await response.text();
  return `${response.status} by ${response.headers.get('x-spillway-provider')}`;
}

const hitsOf = (rig: Rig): number[] => rig.upstreams.map(({ hits }) => hits.length);

async function askOften(rig: Rig, times: number): Promise<string[]> {
  const told = [];
  for (let n = 0; n < times; n++) told.push(await ask(rig));
  return told;
}

describe('CH-13 an entry that keeps failing', () => {
  test('is left alone after five failures, tried by exactly one request, and taken back when it has healed', async () => {
    const clock = fakeClock();
    let healed = false;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const script = async (_: ScriptedRequest, n: number): Promise<Reply> => {
      if (n >= 5) await held;
      return healed ? OK : FAILS;
    };
    await using rig = await startRig([script, OK], { clock });
    expect(new Set(await askOften(rig, 10))).toEqual(new Set(['200 by b']));
    expect(hitsOf(rig)).toEqual([5, 10]);
    const { data } = await rig.gateway.caller.chains.status();
    expect(data[0]?.entries[0]).toMatchObject({ state: 'failing', reason: 'overloaded' });

    clock.advance(5000);
    healed = true;
    const probing = Promise.all(Array.from({ length: 20 }, () => ask(rig)));
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 6);
    await rig.upstreams[1]?.until(({ hits }) => hits.length === 29);
    expect(hitsOf(rig)).toEqual([6, 29]);
    release();
    expect((await probing).filter((each) => each === '200 by a')).toHaveLength(1);
    expect(new Set(await askOften(rig, 5))).toEqual(new Set(['200 by a']));
  });

  test('is left alone for twice as long each time that its probe fails', async () => {
    const clock = fakeClock();
    await using rig = await startRig([FAILS, OK], { clock });
    await askOften(rig, 5);
    for (const wait of [5000, 10_000, 20_000, 40_000]) {
      const before = hitsOf(rig)[0] ?? 0;
      clock.advance(wait - 1);
      await ask(rig);
      expect(hitsOf(rig)[0]).toBe(before);
      clock.advance(1);
      await ask(rig);
      expect(hitsOf(rig)[0]).toBe(before + 1);
    }
  });

  test('is asked all the same when no other could answer, so that a chain is never without anybody', async () => {
    let healed = false;
    const script = (): Reply => (healed ? OK : FAILS);
    await using rig = await startRig([script, script], { clock: fakeClock() });
    await askOften(rig, 6);
    healed = true;
    expect(await ask(rig)).toBe('200 by a');
  });

  test('is not, where the chain says so', async () => {
    await using rig = await startRig([FAILS], { clock: fakeClock(), chain: { lastResort: false } });
    await askOften(rig, 8);
    expect(hitsOf(rig)).toEqual([5]);
  });

  test('is not found among those that refuse, nor among those whose callers leave', async () => {
    await using rig = await startRig([openaiError(400, 'yours'), OK]);
    await askOften(rig, 10);
    expect(hitsOf(rig)).toEqual([10, 0]);
  });

  test('CH-14 is not one that fails now and then', async () => {
    await using rig = await startRig([(_, n) => (n % 4 === 0 ? FAILS : OK), OK]);
    await askOften(rig, 40);
    expect(hitsOf(rig)[0]).toBe(40);
  });
});

describe('CH-08 an overloaded entry is asked again before the next one', () => {
  test('as often as the chain says, after a wait', async () => {
    await using rig = await startRig([[FAILS, FAILS, OK], OK], { chain: { retry: { overloaded: 2, backoff: '1ms' } } });
    expect(await ask(rig)).toBe('200 by a');
    expect(hitsOf(rig)).toEqual([3, 0]);
    expect(rig.finished()[0]?.trail.map(({ outcome }) => outcome)).toEqual(['overloaded', 'overloaded', 'answered']);
  });

  test('CH-07 never for more than a fifth of its traffic, and what was refused is counted', async () => {
    const flaky = (_: ScriptedRequest, n: number): Reply => (n % 2 === 0 ? FAILS : OK);
    await using rig = await startRig([flaky, OK], { chain: { retry: { overloaded: 1, backoff: '1ms' } } });
    const requests = 200;
    await askOften(rig, requests);
    const trails = rig.finished().flatMap(({ trail }) => trail.filter(({ provider }) => provider === 'a'));
    expect(trails.length - requests).toBeLessThanOrEqual(requests * 0.2 + 3);
    const { data } = await rig.gateway.caller.limits.list();
    expect(data[0]?.retries_refused).toBeGreaterThan(10);
  });

  test('and its caller may leave while it waits', async () => {
    const clock = fakeClock();
    await using rig = await startRig([FAILS, OK], { clock, chain: { retry: { overloaded: 1, backoff: '10s' } } });
    const leave = new AbortController();
    const asked = post(rig.gateway.fetch, 'http://x/v1/chat/completions', HELLO, { signal: leave.signal });
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.endedAt !== undefined);
    leave.abort();
    await expect(asked).rejects.toThrow();
    expect((await rig.ended()).code).toBe('client_closed');
    expect(hitsOf(rig)).toEqual([1, 0]);
  });
});
