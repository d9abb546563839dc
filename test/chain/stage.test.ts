import { expect, test } from 'vitest';
import type { Stage } from '../../src/chain/stage.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { fromIterable } from '../../src/sse/from-iterable.ts';
import { chatCompletion, chatStream, chunk } from '../../src/testing/index.ts';
import { DOORS } from '../helpers/doors.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const CHUNK = { id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: 'cached' } }] };

async function* chunks(): AsyncGenerator {
  yield CHUNK;
}

/** A stage that answers with a stream of its own, as a cache does. */
const cache: Stage = () => Promise.resolve({ kind: 'stream', stream: fromIterable(chunks(), () => undefined) });
/** A stage that only calls the next one. */
const passes: Stage = (call, scope, next) => next(call, scope);
/** A stage whose stream reads the chain's, and reads nothing before it is read itself. */
const wraps: Stage = async (call, scope, next) => {
  const answer = await next(call, scope);
  if (answer.kind !== 'stream') return answer;
  const { stream } = answer;
  async function* wrapped(): AsyncGenerator {
    yield* stream;
  }
  return { kind: 'stream', stream: fromIterable(wrapped(), () => undefined) };
};

test.each(Object.entries(DOORS))(
  'through %s, a stage can answer with a stream of its own, which finishes the request once',
  async (_, door) => {
    await using rig = await startRig([chatStream({ content: 'never' })], { stages: [cache] });
    const result = await door.stream(rig, HELLO);
    expect([result.code, result.chunks]).toEqual(['ok', [CHUNK]]);
    expect(await rig.ended()).toMatchObject({ code: 'ok', usageSource: 'none' });
    expect(rig.finished()).toHaveLength(1);
    expect(rig.upstreams[0]?.hits).toEqual([]);
    // No request is running, so the grace time is not awaited.
    await rig.gateway.close(60_000);
  },
);

test('a stream that a stage wraps ends when the stage ends it, with the usage of the inner stream', async () => {
  const gate = Promise.withResolvers<void>();
  const slow: Stage = async (call, scope, next) => {
    const answer = await next(call, scope);
    if (answer.kind !== 'stream') return answer;
    async function* wrapped(): AsyncGenerator {
      yield* answer.kind === 'stream' ? answer.stream : [];
      await gate.promise;
      throw new GatewayError('upstream_failed', { message: 'the stage failed' });
    }
    return { kind: 'stream', stream: fromIterable(wrapped(), () => undefined) };
  };
  await using rig = await startRig([chatStream({ content: 'Hi', usage: true })], { stages: [slow] });
  const result = DOORS['REST over HTTP']?.stream(rig, HELLO, { onChunk: () => gate.resolve() });
  expect(await result).toMatchObject({ code: 'upstream_failed' });
  expect(await rig.ended()).toMatchObject({ code: 'upstream_failed', usage: { output: 12 } });
});

const runsTwice: Stage = async (call, scope, next) => {
  const first = await next(call, scope);
  if (first.kind === 'stream') await first.stream[Symbol.asyncDispose]();
  return next(call, scope);
};

const refusesAnswer: Stage = async (call, scope, next) => {
  await next(call, scope);
  throw new GatewayError('forbidden', { message: 'not this' });
};

test('a stage that runs the chain twice is recorded by its answer, and the upstream of a stage that throws is closed', async () => {
  await using twice = await startRig([chatStream({ content: 'Hi' })], { stages: [runsTwice] });
  expect(await DOORS['REST over HTTP']?.stream(twice, HELLO)).toMatchObject({ code: 'ok' });
  expect(await twice.ended()).toMatchObject({ code: 'ok' });
  const long = chatStream({ content: 'word '.repeat(500), delay: 5 });
  await using thrown = await startRig([long], { stages: [refusesAnswer] });
  expect(await DOORS['REST over HTTP']?.stream(thrown, HELLO)).toMatchObject({ status: 403, code: 'forbidden' });
  await thrown.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
});

test('disposing an unread stream that a stage wraps closes the upstream', async () => {
  const long = chatStream({ content: 'word '.repeat(500), delay: 5 });
  await using rig = await startRig([long], { stages: [wraps] });
  const stream = await rig.gateway.caller.chat.completions.stream(HELLO);
  await stream[Symbol.asyncIterator]().return?.();
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
});

test('disposing an unread stream in process closes the upstream', async () => {
  await using rig = await startRig([chatStream({ content: 'word '.repeat(500), delay: 5 })]);
  const stream = await rig.gateway.caller.chat.completions.stream(HELLO);
  await stream[Symbol.asyncIterator]().return?.();
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
});

test('a stage that returns the chain’s own stream does not finish the request twice', async () => {
  await using rig = await startRig([chatStream({ content: 'Hi', usage: true })], { stages: [passes] });
  await DOORS['REST over HTTP']?.stream(rig, HELLO);
  expect(await rig.ended()).toMatchObject({ code: 'ok', usageSource: 'provider' });
  expect(rig.finished()).toHaveLength(1);
});

/** A stage that runs the chain twice at once, and answers with the stream of the first run. */
const races: Stage = async (call, scope, next) => {
  const first = await next(call, scope);
  await next(call, scope);
  return first;
};
const SLOW = chatStream({ content: 'one two three', usage: true, delay: 20 });

test('the usage of each stream is in the step of the attempt that served it', async () => {
  const open = {
    headers: { 'content-type': 'text/event-stream' },
    chunks: [chunk({ delta: { content: 'Hi' } })],
    end: 'hang',
  } as const;
  await using rig = await startRig([[SLOW, open]], { stages: [races] });
  await DOORS['REST over HTTP']?.stream(rig, HELLO);
  const { trail } = await rig.ended();
  // What was cancelled is billed until then: `Hi`, by estimate.
  expect(trail.map(({ usage }) => usage?.output)).toEqual([12, 1]);
});

test('a request has the usage of the stream that answered it, and of no other that ended before', async () => {
  await using rig = await startRig([[SLOW, chatStream({ content: 'never' })]], { stages: [races] });
  await DOORS['REST over HTTP']?.stream(rig, HELLO);
  expect(await rig.ended()).toMatchObject({ usage: { output: 12, source: 'provider' } });
});

test('a stage changes a call by its members, and every other byte of the client stays', async () => {
  const changes: readonly Readonly<Record<string, unknown>>[] = [
    { temperature: 0, seed: undefined },
    { messages: [{ role: 'user', content: 'Other' }] },
  ];
  const expected = [
    '{"messages": [{"role":"user","content":"Hello"}],"n1":12345678901234567890,"temperature":0}',
    /^\{"messages":\[\{"role":"user","content":"Other"\}\],/,
  ] as const;
  for (const [index, values] of changes.entries()) {
    const changing: Stage = (call, scope, next) => next(call.with(values), scope);
    await using rig = await startRig([chatCompletion({ content: 'x' })], { stages: [changing] });
    const body = '{"messages": [{"role":"user","content":"Hello"}],"seed":5,"n1":12345678901234567890}';
    expect((await post(fetch, `${rig.url}/v1/chat/completions`, body)).status).toBe(200);
    const sent = String(rig.upstreams[0]?.hits[0]?.body).replace(/,"model":"model-a"/, '');
    const wanted = expected[index] ?? '';
    if (typeof wanted === 'string') expect(sent).toBe(wanted);
    else expect(sent).toMatch(wanted);
  }
});
