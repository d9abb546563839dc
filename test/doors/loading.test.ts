import { describe, expect, test } from 'vitest';
import { openaiError, type Reply, responder, type ScriptedRequest } from '../../src/testing/index.ts';
import { turns } from '../faults/wire.ts';
import { fakeClock } from '../helpers/clock.ts';
import { DOORS, textOf } from '../helpers/doors.ts';
import { hitsOf, post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const OK = responder({ content: 'x' });
const LOADING: Reply = {
  status: 503,
  body: { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
};
const ESTIMATED: Reply = { status: 503, body: { error: 'Model m is currently loading', estimated_time: 20 } };
const QUEUE = { queue: { maxWait: '5m', maxSize: 10 } };
const LOCAL = ['ollama', 'lmstudio', 'llamacpp', 'vllm', 'sglang'];

/** Answers the first requests with these replies, and all others with an answer. */
function after(...replies: readonly Reply[]) {
  return (request: ScriptedRequest, n: number): Reply => replies[n] ?? OK(request);
}

/** A server that answers once its model is loaded. */
function cold() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const script = async (request: ScriptedRequest): Promise<Reply> => {
    await promise;
    return OK(request);
  };
  return { script, loaded: resolve };
}

const outcomesOf = (rig: Rig): unknown =>
  rig
    .finished()
    .at(-1)
    ?.trail.map(({ outcome }) => outcome);

async function stateOf({ gateway }: Rig): Promise<string | undefined> {
  return (await gateway.caller.limits.list()).data[0]?.state;
}

describe.each(Object.entries(DOORS))('%s', (_, door) => {
  describe.each(['create', 'stream'] as const)('%s', (way) => {
    test('a queue waits for a model that is loading, and the answer comes from it', async () => {
      const clock = fakeClock();
      await using rig = await startRig([after(LOADING, LOADING)], { clock, chain: QUEUE });
      const waiting = door[way](rig, HELLO);
      for (const sent of [1, 2]) {
        await rig.upstreams[0]?.until(({ hits }) => hits[sent - 1]?.endedAt !== undefined);
        await turns(100);
        expect(hitsOf(rig)).toEqual([sent]);
        clock.advance(5001);
      }
      expect((await waiting).code).toBe('ok');
      expect(outcomesOf(rig)).toEqual(['overloaded', 'overloaded', 'answered']);
    });

    test('without a queue the next entry answers, and the loading one is used again when it is ready', async () => {
      const clock = fakeClock();
      await using rig = await startRig([after(LOADING), OK], { clock });
      expect((await door[way](rig, HELLO)).code).toBe('ok');
      expect((await door[way](rig, HELLO)).code).toBe('ok');
      expect(hitsOf(rig)).toEqual([1, 2]);
      clock.advance(5001);
      expect((await door[way](rig, HELLO)).code).toBe('ok');
      expect(hitsOf(rig)).toEqual([2, 2]);
    });

    test('without a queue and another entry it is a 503', async () => {
      await using rig = await startRig([LOADING], { clock: fakeClock() });
      expect(await door[way](rig, HELLO)).toMatchObject({ status: 503, code: 'all_providers_exhausted', attempts: 1 });
    });

    test('a local server gets the time to load its model where no other entry remains', async () => {
      const clock = fakeClock();
      const { script, loaded } = cold();
      await using rig = await startRig([openaiError(500, 'no'), script], {
        clock,
        providers: { b: { preset: 'ollama' } },
      });
      const waiting = door[way](rig, HELLO);
      await rig.upstreams[1]?.until(({ hits }) => hits.length === 1);
      clock.advance(595_000);
      loaded();
      const result = await waiting;
      expect(result.code).toBe('ok');
      if (way === 'stream') expect(textOf(result)).toBe('x');
      expect(hitsOf(rig)).toEqual([1, 1]);
    });

    test('a local server gets two minutes where another entry remains', async () => {
      const clock = fakeClock();
      await using rig = await startRig([cold().script, OK], { clock, providers: { a: { preset: 'ollama' } } });
      const waiting = door[way](rig, HELLO);
      await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
      clock.advance(119_990);
      await turns(50);
      expect(hitsOf(rig)).toEqual([1, 0]);
      clock.advance(10);
      expect((await waiting).code).toBe('ok');
      expect(hitsOf(rig)).toEqual([1, 1]);
      await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    });
  });
});

const REST = DOORS['REST over HTTP']!;

describe.each(LOCAL)('the preset %s', (preset) => {
  test.each([
    ['JSON', 'create'],
    ['a stream', 'stream'],
  ] as const)('waits for its model with %s, unless its timeouts are configured', async (_, way) => {
    const clock = fakeClock();
    const { script, loaded } = cold();
    await using rig = await startRig([script], { clock, provider: { preset } });
    const waiting = REST[way](rig, HELLO);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    clock.advance(66_000);
    loaded();
    expect((await waiting).code).toBe('ok');

    const own = { clock, provider: { preset }, chain: { timeouts: { firstToken: '5s' } } };
    await using strict = await startRig([cold().script, OK], own);
    const failing = REST[way](strict, HELLO);
    await strict.upstreams[0]?.until(({ hits }) => hits.length === 1);
    clock.advance(5000);
    expect((await failing).code).toBe('ok');
    expect(hitsOf(strict)).toEqual([1, 1]);
  });
});

test('a stream whose head comes at once has the same time until its first token', async () => {
  const clock = fakeClock();
  const { promise: loaded, resolve: load } = Promise.withResolvers<void>();
  const comments: Reply = {
    headers: { 'content-type': 'text/event-stream' },
    chunks: Array.from({ length: 3 }, () => ': loading\n\n'),
    end: 'hang',
  };
  await using rig = await startRig([comments, OK], { clock, providers: { a: { preset: 'llamacpp' } } });
  const waiting = REST.stream(rig, HELLO).finally(load);
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
  while ((rig.upstreams[0]?.hits[0]?.bytesWritten ?? 0) < 30) await turns(5);
  await turns(100);
  clock.advance(119_000);
  await turns(100);
  expect(hitsOf(rig)).toEqual([1, 0]);
  clock.advance(1000);
  await loaded;
  expect((await waiting).code).toBe('ok');
  expect(outcomesOf(rig)).toEqual(['silent', 'answered']);
});

test('a server without a preset has the usual minute', async () => {
  const clock = fakeClock();
  await using rig = await startRig([cold().script, OK], { clock });
  const waiting = REST.stream(rig, HELLO);
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
  clock.advance(60_000);
  expect((await waiting).code).toBe('ok');
  expect(hitsOf(rig)).toEqual([1, 1]);
});

test('loading opens no circuit breaker, however long it takes', async () => {
  const clock = fakeClock();
  await using rig = await startRig([after(...Array.from({ length: 12 }, () => LOADING))], { clock });
  for (let n = 0; n < 12; n++) {
    expect((await REST.create(rig, HELLO)).status).toBe(503);
    clock.advance(5001);
  }
  expect([await stateOf(rig), hitsOf(rig)]).toEqual(['ready', [12]]);
  expect((await REST.create(rig, HELLO)).code).toBe('ok');
});

test.each([
  [LOADING, '5'],
  [ESTIMATED, '20'],
  // Servers only guess: a minute is the longest time without a new request.
  [{ ...ESTIMATED, body: { error: 'Model m is currently loading', estimated_time: 1809.18 } }, '60'],
])('the 503 of a loading entry says when to retry', async (reply, seconds) => {
  await using rig = await startRig([reply], { clock: fakeClock() });
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
  expect([response.status, response.headers.get('retry-after'), response.headers.get('x-should-retry')]).toEqual([
    503,
    seconds,
    null,
  ]);
});

test('a queue waits as long as the server says', async () => {
  const clock = fakeClock();
  await using rig = await startRig([after(ESTIMATED)], { clock, chain: QUEUE });
  const waiting = REST.create(rig, HELLO);
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.endedAt !== undefined);
  await turns(100);
  clock.advance(19_990);
  await turns(50);
  expect(hitsOf(rig)).toEqual([1]);
  clock.advance(20);
  expect((await waiting).code).toBe('ok');
});

test('an error inside a 200 that says so is waited for too', async () => {
  const clock = fakeClock();
  const inBand: Reply = {
    headers: { 'content-type': 'text/event-stream' },
    chunks: [`data: ${JSON.stringify(LOADING.body)}\n\n`],
  };
  await using rig = await startRig([after(inBand)], { clock, chain: QUEUE });
  const waiting = REST.stream(rig, HELLO);
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.endedAt !== undefined);
  await turns(100);
  expect(await stateOf(rig)).toBe('cooling_down');
  clock.advance(5001);
  expect((await waiting).code).toBe('ok');
});

test('after a server has said that it loads, its next attempt has all the time, though another entry is free again', async () => {
  const clock = fakeClock();
  const { script, loaded } = cold();
  const loading = (request: ScriptedRequest, n: number): Reply | Promise<Reply> =>
    n === 0 ? LOADING : script(request);
  const limited = openaiError(429, 'slow', { headers: { 'retry-after': '5' } });
  await using rig = await startRig([loading, limited], {
    clock,
    providers: { a: { preset: 'llamacpp' } },
    chain: QUEUE,
  });
  const waiting = REST.stream(rig, HELLO);
  await rig.upstreams[1]?.until(({ hits }) => hits[0]?.endedAt !== undefined);
  await turns(100);
  clock.advance(5001);
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 2);
  clock.advance(200_000);
  loaded();
  expect((await waiting).code).toBe('ok');
  expect(hitsOf(rig)).toEqual([2, 1]);
});
