import { expect, test } from 'vitest';
import type { Stage } from '../../src/chain/stage.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { fromIterable } from '../../src/sse/from-iterable.ts';
import { chatStream } from '../../src/testing/index.ts';
import { DOORS } from '../helpers/doors.ts';
import { HELLO, startRig } from '../helpers/gateway.ts';

const CHUNK = { id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: 'cached' } }] };

async function* chunks(): AsyncGenerator {
  yield CHUNK;
}

/** A stage that answers a stream by itself, as a cache would. */
const cache: Stage = () => Promise.resolve({ kind: 'stream', stream: fromIterable(chunks(), () => undefined) });
/** One that does nothing. */
const looks: Stage = (call, scope, next) => next(call, scope);
/** One whose stream reads another, and nothing before it is read itself. */
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
  'through %s a stream of a stage’s own is answered, and its end told once',
  async (_, door) => {
    await using rig = await startRig([chatStream({ content: 'never' })], { stages: [cache] });
    const told = await door.stream(rig, HELLO);
    expect([told.code, told.chunks]).toEqual(['ok', [CHUNK]]);
    expect(await rig.ended()).toMatchObject({ code: 'ok', usageSource: 'none' });
    expect(rig.finished()).toHaveLength(1);
    expect(rig.upstreams[0]?.hits).toEqual([]);
    // Nothing runs any more, so there is no grace to wait for.
    await rig.gateway.close(60_000);
  },
);

test('a stream that a stage wraps ends when the stage ends it, with the usage of what is inside', async () => {
  const gate = Promise.withResolvers<void>();
  const slow: Stage = async (call, scope, next) => {
    const answer = await next(call, scope);
    if (answer.kind !== 'stream') return answer;
    async function* wrapped(): AsyncGenerator {
      yield* answer.kind === 'stream' ? answer.stream : [];
      await gate.promise;
      throw new GatewayError('upstream_failed', { message: 'the stage thought better of it' });
    }
    return { kind: 'stream', stream: fromIterable(wrapped(), () => undefined) };
  };
  await using rig = await startRig([chatStream({ content: 'Hi', usage: true })], { stages: [slow] });
  const told = DOORS['REST over HTTP']?.stream(rig, HELLO, { onChunk: () => gate.resolve() });
  expect(await told).toMatchObject({ code: 'upstream_failed' });
  expect(await rig.ended()).toMatchObject({ code: 'upstream_failed', usage: { output: 12 } });
});

const again: Stage = async (call, scope, next) => {
  const first = await next(call, scope);
  if (first.kind === 'stream') await first.stream[Symbol.asyncDispose]();
  return next(call, scope);
};

const refuses: Stage = async (call, scope, next) => {
  await next(call, scope);
  throw new GatewayError('forbidden', { message: 'not this' });
};

test('a stage that asks again is recorded by what it answers, and one that throws leaves no upstream behind', async () => {
  await using twice = await startRig([chatStream({ content: 'Hi' })], { stages: [again] });
  expect(await DOORS['REST over HTTP']?.stream(twice, HELLO)).toMatchObject({ code: 'ok' });
  expect(await twice.ended()).toMatchObject({ code: 'ok' });
  const drops = chatStream({ content: 'drop '.repeat(500), delay: 5 });
  await using thrown = await startRig([drops], { stages: [refuses] });
  expect(await DOORS['REST over HTTP']?.stream(thrown, HELLO)).toMatchObject({ status: 403, code: 'forbidden' });
  await thrown.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
});

test('a stream that a stage has wrapped and nobody has read ends the upstream too', async () => {
  const drops = chatStream({ content: 'drop '.repeat(500), delay: 5 });
  await using rig = await startRig([drops], { stages: [wraps] });
  const stream = await rig.gateway.caller.chat.completions.stream(HELLO);
  await stream[Symbol.asyncIterator]().return?.();
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
});

test('a stream in process that is left before it is read ends the upstream', async () => {
  await using rig = await startRig([chatStream({ content: 'drop '.repeat(500), delay: 5 })]);
  const stream = await rig.gateway.caller.chat.completions.stream(HELLO);
  await stream[Symbol.asyncIterator]().return?.();
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
});

test('a stage that hands on the chain’s own stream tells its end no second time', async () => {
  await using rig = await startRig([chatStream({ content: 'Hi', usage: true })], { stages: [looks] });
  await DOORS['REST over HTTP']?.stream(rig, HELLO);
  expect(await rig.ended()).toMatchObject({ code: 'ok', usageSource: 'provider' });
  expect(rig.finished()).toHaveLength(1);
});
