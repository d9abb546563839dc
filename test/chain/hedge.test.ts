import { describe, expect, test } from 'vitest';
import type { ChatInput } from '../../src/domain/chat.ts';
import {
  chatCompletion,
  chatStream,
  chunk,
  openaiError,
  type Reply,
  type Script,
  startScriptedUpstream,
} from '../../src/testing/index.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';
import { hitsOf, post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const STREAM = { 'content-type': 'text/event-stream' };
const SILENT: Reply = { head: false, end: 'hang' };
const ANSWER = chatStream({ content: 'ok' });
/** Long after any hedge, and before every timeout. */
const LATER_MS = 20_000;

interface HedgeRig extends Rig {
  readonly clock: FakeClock;
}

/** A rig whose chain sends a second request after 150 ms, on a clock that stands still. */
async function startHedgeRig(scripts: readonly Script[], { chain, ...options }: RigOptions = {}): Promise<HedgeRig> {
  const clock = fakeClock(1_800_000_000_000);
  const rig = await startRig(scripts, { clock, chain: { hedge: { after: '150ms' }, ...chain }, ...options });
  return Object.assign(rig, { clock });
}

const send = (rig: Rig, input: object = {}, init: RequestInit = {}): Promise<Response> =>
  post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true, ...input }, init);

/** Resolves once the n-th upstream has so many requests. */
const hit = (rig: Rig, upstream: number, times = 1): Promise<void> =>
  rig.upstreams[upstream]?.until(({ hits }) => hits.length >= times) ?? Promise.resolve();

const closed = (rig: Rig, upstream: number): Promise<void> =>
  rig.upstreams[upstream]?.until(({ hits }) => hits.at(-1)?.closedAt !== undefined) ?? Promise.resolve();

/** A script that replies once it is let go. */
function held(reply: Reply = ANSWER): { script: () => Promise<Reply>; release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { script: () => promise.then(() => reply), release: resolve };
}

/** Sends a request whose first target is slow, and resolves once the second target has it too. */
async function hedged(
  rig: HedgeRig,
  input: object = {},
  init: RequestInit = {},
): Promise<{ answer: Promise<Response> }> {
  const answer = send(rig, input, init);
  answer.catch(() => undefined);
  await hit(rig, 0);
  rig.clock.advance(150);
  await hit(rig, 1);
  return { answer };
}

test('a first target that is silent for 4 s is answered by the second one, and its connection is closed', async () => {
  await using rig = await startRig([[ANSWER, { ...ANSWER, delay: 4000 }], ANSWER], {
    chain: { hedge: { after: '150ms' } },
    provider: { models: { '*': { price: { input: 1, output: 1 } } } },
  });
  // What is loaded with the first requests would be measured, too.
  for (const model of ['default', 'b/model-b']) await (await send(rig, { model })).text();
  const startedAt = performance.now();
  const response = await send(rig);
  const text = await response.text();
  const endedAt = performance.now();
  expect(text).toContain('[DONE]');
  expect(endedAt - startedAt).toBeGreaterThan(140);
  expect(endedAt - startedAt).toBeLessThan(1500);
  expect(response.headers.get('x-spillway-attempts')).toBe('2');
  expect(response.headers.get('x-spillway-provider')).toBe('b');
  await closed(rig, 0);
  const lost = rig.upstreams[0]?.hits[1];
  expect((lost?.closedAt ?? Infinity) - performance.timeOrigin - endedAt).toBeLessThan(1000);
  expect(lost?.bytesWritten).toBe(0);
});

test('the attempt that lost is in the trail with an estimate of its tokens, and takes nothing out of service', async () => {
  const provider = { limits: { tokensPerDay: 100_000 } };
  await using rig = await startHedgeRig([SILENT, ANSWER], { provider });
  await (await (await hedged(rig)).answer).text();
  const event = await rig.ended();
  expect([event.hedged, event.code, event.provider]).toEqual([true, 'ok', 'b']);
  expect(event.trail).toMatchObject([
    {
      provider: 'a',
      outcome: 'cancelled',
      reason: 'hedge_lost',
      durationMs: 150,
      usage: { output: 0, source: 'estimated' },
    },
    { provider: 'b', outcome: 'answered', hedge: true, startedMs: 150 },
  ]);
  const [lost, won] = event.trail;
  expect(lost?.usage?.input).toBeGreaterThan(0);
  expect(event.usage).toEqual(won?.usage);
  const limits = (await rig.gateway.caller.limits.list()).data;
  const first = limits.find((each) => each.provider === 'a');
  expect(first?.windows[0]?.used).toBeGreaterThanOrEqual(lost?.usage?.input ?? Infinity);
  expect(first).toMatchObject({ state: 'ready', reason: null, running: 0 });
});

test('a target that loses again and again keeps its place', async () => {
  await using rig = await startHedgeRig([SILENT, ANSWER], { chain: { hedge: { after: '150ms', budget: 1 } } });
  for (let n = 1; n <= 10; n++) {
    const answer = send(rig);
    await hit(rig, 0, n);
    rig.clock.advance(150);
    await (await answer).text();
  }
  expect(hitsOf(rig)).toEqual([10, 10]);
});

test('an attempt that lost before it had a connection costs nothing', async () => {
  const provider = { limits: { tokensPerDay: 100_000 } };
  const names: string[] = [];
  await using upstream = await startRig([ANSWER]);
  await using rig = await startHedgeRig([], {
    lookup: (name, _, callback) => {
      names.push(name);
      if (name === 'b.test') callback(null, [{ address: '127.0.0.1', family: 4 }]);
    },
    config: {
      providers: Object.fromEntries(
        ['a', 'b'].map((name) => [
          name,
          {
            ...provider,
            baseUrl: `http://${name}.test:${upstream.upstreams[0]?.port}/v1`,
            apiKey: 'none',
            private: true,
          },
        ]),
      ),
      chains: { default: { entries: ['a/m', 'b/m'], hedge: { after: '150ms' } } },
    },
  });
  const answer = send(rig);
  while (names.length === 0) await new Promise(setImmediate);
  rig.clock.advance(150);
  await (await answer).text();
  const { trail } = await rig.ended();
  expect(trail).toMatchObject([
    { provider: 'a', reason: 'hedge_lost' },
    { provider: 'b', outcome: 'answered' },
  ]);
  expect(trail[0]?.usage).toBeUndefined();
  const limits = (await rig.gateway.caller.limits.list()).data;
  expect(limits.find((each) => each.provider === 'a')?.windows[0]?.used ?? 0).toBe(0);
});

test('a first target that answers after all wins, and the second one is cancelled', async () => {
  const first = held();
  await using rig = await startHedgeRig([first.script, SILENT]);
  const { answer } = await hedged(rig);
  first.release();
  const response = await answer;
  expect(await response.text()).toContain('[DONE]');
  expect([response.headers.get('x-spillway-provider'), response.headers.get('x-spillway-attempts')]).toEqual([
    'a',
    '2',
  ]);
  await closed(rig, 1);
  const { trail } = await rig.ended();
  expect(trail).toMatchObject([
    { provider: 'b', outcome: 'cancelled', reason: 'hedge_lost', hedge: true },
    { provider: 'a', outcome: 'answered' },
  ]);
  expect(trail[1]?.hedge).toBeUndefined();
});

test.each<[string, Reply, object]>([
  ['an error', openaiError(500, 'oops'), { outcome: 'overloaded', status: 500 }],
  ['an empty 200', { headers: STREAM, body: '' }, { outcome: 'silent' }],
  [
    'an error inside a stream',
    { headers: STREAM, chunks: ['data: {"error":{"message":"no"}}\n\n'] },
    { outcome: 'malformed' },
  ],
  [
    'a role alone and the end',
    { headers: STREAM, chunks: [chunk({ delta: { role: 'assistant' } })] },
    { outcome: 'silent' },
  ],
])('a second target with %s changes nothing: the first one goes on', async (_, reply, step) => {
  const first = held();
  await using rig = await startHedgeRig([first.script, reply]);
  const { answer } = await hedged(rig);
  await attempts(rig, 1);
  first.release();
  expect((await answer).headers.get('x-spillway-provider')).toBe('a');
  await (await answer).text();
  expect((await rig.ended()).trail).toMatchObject([
    { provider: 'b', hedge: true, ...step },
    { provider: 'a', outcome: 'answered' },
  ]);
});

test('a role alone does not win', async () => {
  const first = held();
  const role = chunk({ delta: { role: 'assistant' } });
  await using rig = await startHedgeRig([first.script, { headers: STREAM, chunks: [role], end: 'hang' }]);
  const { answer } = await hedged(rig);
  await rig.upstreams[1]?.until(({ hits }) => (hits[0]?.bytesWritten ?? 0) > 0 || hits.length > 0);
  first.release();
  expect((await answer).headers.get('x-spillway-provider')).toBe('a');
  await closed(rig, 1);
});

test('a first target that fails makes the second one the attempt', async () => {
  const [first, second] = [held(openaiError(503, 'busy')), held()];
  await using rig = await startHedgeRig([first.script, second.script, ANSWER]);
  const { answer } = await hedged(rig);
  first.release();
  await attempts(rig, 1);
  second.release();
  const response = await answer;
  await response.text();
  expect([response.headers.get('x-spillway-provider'), response.headers.get('x-spillway-attempts')]).toEqual([
    'b',
    '2',
  ]);
  expect(hitsOf(rig)).toEqual([1, 1, 0]);
  expect((await rig.ended()).trail).toMatchObject([
    { provider: 'a', outcome: 'overloaded' },
    { provider: 'b', outcome: 'answered', hedge: true },
  ]);
});

test('when both have failed, the chain goes on with the next entry, without a retry', async () => {
  const first = held(openaiError(503, 'busy'));
  await using rig = await startHedgeRig([first.script, openaiError(503, 'busy'), ANSWER], {
    chain: { retry: { overloaded: 1 } },
  });
  const { answer } = await hedged(rig);
  await attempts(rig, 1);
  first.release();
  const response = await answer;
  await response.text();
  expect([response.headers.get('x-spillway-provider'), response.headers.get('x-spillway-attempts')]).toEqual([
    'c',
    '3',
  ]);
  expect(hitsOf(rig)).toEqual([1, 1, 1]);
  expect((await rig.ended()).trail.map(({ provider, outcome }) => `${provider} ${outcome}`)).toEqual([
    'b overloaded',
    'a overloaded',
    'c answered',
  ]);
});

test('a request that was retried gets no second request', async () => {
  const first = held();
  let n = 0;
  const script: Script = () => (n++ === 0 ? openaiError(503, 'busy') : first.script());
  await using rig = await startHedgeRig([script, ANSWER], { chain: { retry: { overloaded: 1, backoff: 1 } } });
  const answer = send(rig);
  await hit(rig, 0);
  while ((rig.upstreams[0]?.hits.length ?? 0) < 2) {
    rig.clock.advance(1);
    await new Promise(setImmediate);
  }
  rig.clock.advance(LATER_MS);
  first.release();
  expect((await answer).headers.get('x-spillway-provider')).toBe('a');
  expect(hitsOf(rig)).toEqual([2, 0]);
});

test('a refusal that ends the chain ends both', async () => {
  const first = held(openaiError(400, 'messages[0].role: unknown', { code: 'content_filter' }));
  await using rig = await startHedgeRig([first.script, SILENT], { chain: { onRefused: 'stop' } });
  const { answer } = await hedged(rig);
  first.release();
  expect((await answer).status).toBe(400);
  await closed(rig, 1);
  expect((await rig.ended()).trail).toMatchObject([{ provider: 'a' }, { provider: 'b', reason: 'hedge_lost' }]);
});

test('a client that disconnects ends both attempts', async () => {
  await using rig = await startHedgeRig([SILENT, SILENT, ANSWER]);
  const client = new AbortController();
  const { answer } = await hedged(rig, {}, { signal: client.signal });
  client.abort();
  await expect(answer).rejects.toThrow();
  await Promise.all([closed(rig, 0), closed(rig, 1)]);
  const { code, trail } = await rig.ended();
  expect(code).toBe('client_closed');
  expect(trail.map(({ outcome, reason }) => [outcome, reason])).toEqual([
    ['cancelled', undefined],
    ['cancelled', undefined],
  ]);
  expect(hitsOf(rig)).toEqual([1, 1, 0]);
});

test('a client that disconnects from the winner’s stream ends its upstream connection', async () => {
  const slow: Reply = { headers: STREAM, chunks: [chunk({ delta: { content: 'a' } })], end: 'hang' };
  await using rig = await startHedgeRig([SILENT, slow]);
  const client = new AbortController();
  const { answer } = await hedged(rig, {}, { signal: client.signal });
  const response = await answer;
  await response.body?.getReader().read();
  client.abort();
  await closed(rig, 1);
  expect((await rig.ended()).code).toBe('client_closed');
});

test('the deadline ends both attempts', async () => {
  await using rig = await startHedgeRig([SILENT, SILENT], { chain: { deadline: '900ms' } });
  const { answer } = await hedged(rig);
  rig.clock.advance(750);
  expect((await answer).status).toBe(504);
  await Promise.all([closed(rig, 0), closed(rig, 1)]);
  expect((await rig.ended()).code).toBe('deadline_exceeded');
});

test('of twenty quick requests none is hedged', async () => {
  await using rig = await startRig([ANSWER, ANSWER], { chain: { hedge: { after: '2s' } } });
  for (let n = 0; n < 20; n++) await (await send(rig)).text();
  await rig.ended(19);
  expect(hitsOf(rig)).toEqual([20, 0]);
  expect(rig.finished().some(({ hedged: any }) => any)).toBe(false);
});

test('of forty slow requests at a budget of 10 % at most eight are hedged', async () => {
  const reply: Script = () => ({ ...ANSWER, delay: 60 });
  await using rig = await startRig([reply, ANSWER], { chain: { hedge: { after: '10ms', budget: 0.1 } } });
  for (let n = 0; n < 40; n++) await (await send(rig)).text();
  await rig.ended(39);
  const hedges = rig.finished().filter((event) => event.hedged).length;
  expect(hedges).toBeGreaterThanOrEqual(1);
  expect(hedges).toBeLessThanOrEqual(8);
  expect(hitsOf(rig)[1]).toBe(hedges);
});

test('with after: p95 nothing is hedged before thirty streams are measured, and then after the 95th percentile', async () => {
  let first = held();
  let quick = true;
  await using rig = await startHedgeRig([() => (quick ? ANSWER : first.script()), ANSWER], {
    chain: { hedge: { min: '300ms' } },
  });
  for (let n = 0; n < 29; n++) await (await send(rig)).text();
  quick = false;
  expect(await isHedged(rig, first, {})).toBe(false);
  quick = true;
  // The slow one counts, too.
  await (await send(rig)).text();
  quick = false;
  first = held();
  const answer = send(rig);
  await hit(rig, 0, 32);
  rig.clock.advance(299);
  await new Promise(setImmediate);
  expect(hitsOf(rig)[1]).toBe(0);
  rig.clock.advance(1);
  expect((await answer).headers.get('x-spillway-provider')).toBe('b');
});

test('a target that lost counts as slow: the percentile is learned from what the first targets had by then', async () => {
  await using rig = await startHedgeRig([SILENT, ANSWER], {
    config: {
      chains: {
        default: { entries: ['a/m', 'b/m'], hedge: { after: '400ms', budget: 1 } },
        learning: { entries: ['a/m', 'b/m'], hedge: {} },
      },
    },
  });
  for (let n = 1; n <= 30; n++) {
    const answer = send(rig);
    await hit(rig, 0, n);
    rig.clock.advance(400);
    await (await answer).text();
  }
  const answer = send(rig, { model: 'learning' });
  await hit(rig, 0, 31);
  rig.clock.advance(400 / 1.15);
  await new Promise(setImmediate);
  expect(hitsOf(rig)[1]).toBe(30);
  rig.clock.advance(400 * 1.15);
  expect((await answer).headers.get('x-spillway-provider')).toBe('b');
});

test('a request is hedged once', async () => {
  const first = held(openaiError(503, 'busy'));
  await using rig = await startHedgeRig([first.script, openaiError(503, 'busy'), ANSWER, ANSWER]);
  const third = held();
  rig.upstreams.forEach((upstream, index) => index === 2 && (upstream.script = third.script));
  const { answer } = await hedged(rig);
  await attempts(rig, 1);
  first.release();
  await hit(rig, 2);
  rig.clock.advance(LATER_MS);
  third.release();
  expect((await answer).headers.get('x-spillway-provider')).toBe('c');
  expect(hitsOf(rig)).toEqual([1, 1, 1, 0]);
});

test('requests for which no second target is found use up no budget', async () => {
  const price = { models: { 'model-b': { price: { input: 100, output: 0 } } } };
  let first = held();
  await using rig = await startHedgeRig([() => first.script(), ANSWER], { providers: { b: price } });
  for (let n = 0; n < 4; n++) {
    const messages = [{ role: 'user', content: 'word '.repeat(1000) }];
    expect(await isHedged(rig, first, { messages })).toBe(false);
    first = held();
  }
  const answer = send(rig);
  await hit(rig, 0, 5);
  rig.clock.advance(150);
  expect((await answer).headers.get('x-spillway-provider')).toBe('b');
});

/** Whether a request whose first target is slow for long is sent to a second one. */
async function isHedged(rig: HedgeRig, first: ReturnType<typeof held>, input: object): Promise<boolean> {
  const before = hitsOf(rig);
  const answer = send(rig, input);
  await hit(rig, 0, (before[0] ?? 0) + 1);
  rig.clock.advance(LATER_MS);
  first.release();
  await (await answer).text();
  return (hitsOf(rig)[1] ?? 0) > (before[1] ?? 0);
}

/** Resolves once so many attempts have ended. */
async function attempts(rig: Rig, count: number): Promise<void> {
  while (rig.events.filter(({ kind }) => kind === 'attempt_finished').length < count) await new Promise(setImmediate);
}

describe('a slow first target gets no second one beside it', () => {
  const PRICE = { models: { 'model-b': { price: { input: 10_000, output: 10_000 } } } };
  const LONG: Partial<ChatInput> = { messages: [{ role: 'user', content: 'word '.repeat(10_000) }] };
  test.each<[string, object, RigOptions]>([
    ['for a JSON request', { stream: false }, {}],
    ['for two choices', { n: 2 }, {}],
    ['for an answer that is stored', { store: true }, {}],
    ['for work in the background', { background: true }, {}],
    ['for sound', { modalities: ['text', 'audio'] }, {}],
    ['for a long prompt', LONG, {}],
    ['where the second one costs too much', {}, { providers: { b: PRICE } }],
    [
      'where it asks for two choices by its parameters',
      {},
      { providers: { b: { models: { 'model-b': { parameters: { set: { n: 2 } } } } } } },
    ],
    ['where less time is left than it has had', {}, { chain: { hedge: { after: '10s' }, deadline: '19s' } }],
    ['in a chain without a hedge', {}, { chain: { hedge: undefined } }],
  ])('%s', async (_, input, options) => {
    const first = held('stream' in input ? chatCompletion({ content: 'ok' }) : ANSWER);
    await using rig = await startHedgeRig([first.script, ANSWER], options);
    expect(await isHedged(rig, first, input)).toBe(false);
  });

  test('where the second one has less than a fifth of a limit left', async () => {
    const first = held();
    await using rig = await startHedgeRig([first.script, ANSWER], {
      providers: { b: { limits: { requestsPerDay: 6 } } },
    });
    for (let n = 0; n < 5; n++) await (await send(rig, { model: 'b/model-b' })).text();
    expect(await isHedged(rig, first, {})).toBe(false);
  });

  test('where the circuit breaker of the second one is half open', async () => {
    const first = held();
    const fails = Array.from({ length: 5 }, () => openaiError(500, 'oops'));
    await using rig = await startHedgeRig([first.script, [...fails, ANSWER]]);
    for (const _ of fails) await (await send(rig, { model: 'b/model-b' })).text();
    rig.clock.advance(5001);
    expect(await isHedged(rig, first, {})).toBe(false);
  });

  test('at the same server, whichever key it uses', async () => {
    const first = held();
    await using upstream = await startScriptedUpstream({ script: first.script });
    const { baseUrl } = upstream;
    await using rig = await startHedgeRig([], {
      config: {
        providers: { a: { baseUrl, apiKeys: ['key-1', 'key-2'] }, b: { baseUrl, apiKey: 'key-3' } },
        chains: { default: { entries: ['a/m', 'a/n', 'b/m'], hedge: { after: '150ms' } } },
      },
    });
    const answer = send(rig);
    await upstream.until(({ hits }) => hits.length === 1);
    rig.clock.advance(LATER_MS);
    first.release();
    await (await answer).text();
    expect(upstream.hits).toHaveLength(1);
  });

  test('while another request waits in the queue of the chain', async () => {
    const slow = [held(), held()];
    const full = { limits: { concurrency: 1 } };
    await using rig = await startHedgeRig([...slow.map(({ script }) => script), ANSWER], {
      chain: { queue: { maxWait: '5m', maxSize: 10 }, hedge: { after: '150ms' } },
      providers: { a: full, b: full, c: { models: { 'model-c': { tools: false } } } },
    });
    const answers = [send(rig)];
    await hit(rig, 0);
    answers.push(send(rig, { tools: [] }));
    await hit(rig, 1);
    answers.push(send(rig, { tools: [TOOL] }));
    // The timer of its wait is the third request's, beside those of two attempts and their hedges.
    const before = rig.clock.waiting();
    while (rig.clock.waiting() <= before) await new Promise(setImmediate);
    rig.clock.advance(LATER_MS);
    for (const { release } of slow) release();
    await Promise.all(answers.map(async (each) => (await each).text()));
    expect(hitsOf(rig)[2]).toBe(0);
  });
});

const TOOL = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } };

test('a listener sees both attempts begin, and which of them is the hedge', async () => {
  await using rig = await startHedgeRig([SILENT, ANSWER]);
  const seen: (string | number | boolean)[][] = [];
  const watching = await rig.gateway.caller.events.watch({
    kinds: ['attempt_started', 'attempt_finished', 'committed'],
  });
  const reading = (async () => {
    for await (const event of watching) {
      if (event.kind === 'attempt_started') seen.push([event.n, event.provider, event.hedge]);
      if (event.kind === 'committed') return void seen.push(['committed', event.n, event.provider]);
    }
  })();
  await (await (await hedged(rig)).answer).text();
  await reading;
  expect(seen).toEqual([
    [1, 'a', false],
    [2, 'b', true],
    ['committed', 2, 'b'],
  ]);
});
