import { describe, expect, test } from 'vitest';
import type { Stage } from '../../src/chain/stage.ts';
import type { GatewayError } from '../../src/domain/errors.ts';
import { type EventStream, raw, type StreamEnd } from '../../src/domain/event-stream.ts';
import { fromIterable } from '../../src/sse/from-iterable.ts';
import type { Reply } from '../../src/testing/index.ts';
import { DONE, HI, ROLE, STOP, STREAM } from '../doors/replies.ts';
import { turns } from '../faults/wire.ts';
import { fakeClock } from '../helpers/clock.ts';
import { type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

/** A stream in process, and the gateway that it belongs to. */
interface Opened extends AsyncDisposable {
  readonly rig: Rig;
  readonly stream: EventStream<unknown>;
}

const HANGS: Reply = { headers: STREAM, chunks: [ROLE, HI], end: 'hang' };
const WHOLE: Reply = { headers: STREAM, chunks: [ROLE, HI, STOP, DONE] };

function openStream(rig: Rig): Promise<EventStream<unknown>> {
  return rig.gateway.caller.chat.completions.stream(HELLO);
}

async function open(reply: Reply, options: RigOptions = {}): Promise<Opened> {
  const rig = await startRig([reply], options);
  return { rig, stream: await openStream(rig), [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() };
}

/** A stream that was handed out before there was an answer; `when` says whether there is an answer by now. */
async function early(reply: Reply, when: 'answered' | 'pending'): Promise<Opened> {
  const clock = fakeClock();
  const held = Promise.withResolvers<void>();
  const committed = Promise.withResolvers<void>();
  const signals: Stage = async (call, scope, next) => {
    const answer = await next(call, scope);
    committed.resolve();
    return answer;
  };
  const script = async (): Promise<Reply> => {
    await held.promise;
    return reply;
  };
  const rig = await startRig([script], { clock, stages: [signals], chain: { openAfter: '1s' } });
  const opening = openStream(rig);
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
  clock.advance(1000);
  const stream = await opening;
  if (when === 'answered') {
    held.resolve();
    await committed.promise;
    await turns(2);
  }
  return {
    rig,
    stream,
    async [Symbol.asyncDispose]() {
      held.resolve();
      await rig[Symbol.asyncDispose]();
    },
  };
}

/** A stage whose stream reads another in a generator, which cannot be interrupted while it awaits a chunk. */
const wraps: Stage = async (call, scope, next) => {
  const answer = await next(call, scope);
  if (answer.kind !== 'stream') return answer;
  const { stream } = answer;
  async function* wrapped(): AsyncGenerator {
    for await (const chunk of stream) yield chunk;
  }
  return { kind: 'stream', stream: fromIterable(wrapped(), () => undefined) };
};

const FACES: Readonly<Record<string, (reply: Reply) => Promise<Opened>>> = {
  'an answer’s stream': (reply) => open(reply),
  'an early stream whose answer has arrived': (reply) => early(reply, 'answered'),
  'a stage’s own stream over it': (reply) => open(reply, { stages: [wraps] }),
};

const WAYS = ['return', 'throw', 'dispose'] as const;
type Way = (typeof WAYS)[number];

const thrown = new Error('the reader’s own error');

/** Cancels a stream in one of the ways, and checks the result of the call itself. */
async function cancel(way: Way, stream: EventStream<unknown>, items: AsyncIterator<unknown>): Promise<void> {
  if (way === 'dispose') await stream[Symbol.asyncDispose]();
  else if (way === 'return') expect(await items.return?.()).toEqual({ done: true, value: undefined });
  else await expect(items.throw?.(thrown)).rejects.toBe(thrown);
}

/** Checks a later `next`: done after the iterator's own `return` or `throw`, an error after a dispose of the stream. */
async function expectOver(way: Way, items: AsyncIterator<unknown>): Promise<void> {
  if (way === 'dispose') await expect(items.next()).rejects.toMatchObject({ code: 'client_closed' });
  expect(await items.next().catch(({ code }: GatewayError) => code)).toSatisfy(
    (result) => way === 'dispose' || (result as { done?: boolean }).done === true,
  );
}

async function expectClosed({ rig }: Opened): Promise<void> {
  expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
  await rig.upstreams[0]?.until(({ hits }) => hits.every(({ closedAt }) => closedAt !== undefined));
  await turns(2);
  expect(rig.finished()).toHaveLength(1);
}

describe.each(Object.entries(FACES))('%s', (_, face) => {
  describe.each(WAYS)('that is cancelled by %s', (way) => {
    test('before the first chunk is requested is closed', async () => {
      await using opened = await face(HANGS);
      const items = opened.stream[Symbol.asyncIterator]();
      await cancel(way, opened.stream, items);
      await expectClosed(opened);
      await expectOver(way, items);
    });

    test('between two chunks is closed', async () => {
      await using opened = await face(HANGS);
      const items = opened.stream[Symbol.asyncIterator]();
      expect(await items.next()).toMatchObject({ done: false });
      await cancel(way, opened.stream, items);
      await expectClosed(opened);
      await expectOver(way, items);
    });

    test('while a chunk is awaited is closed, and the pending call rejects', async () => {
      await using opened = await face(HANGS);
      const items = opened.stream[Symbol.asyncIterator]();
      await items.next();
      await items.next();
      const waiting = items.next();
      await turns(2);
      await cancel(way, opened.stream, items);
      await expect(waiting).rejects.toMatchObject({ code: 'client_closed' });
      await expectClosed(opened);
    });

    test('twice is closed once', async () => {
      await using opened = await face(HANGS);
      const items = opened.stream[Symbol.asyncIterator]();
      await items.next();
      await Promise.all([cancel(way, opened.stream, items), cancel(way, opened.stream, items)]);
      await cancel(way, opened.stream, items);
      await expectClosed(opened);
    });

    test('after its end is complete', async () => {
      await using opened = await face(WHOLE);
      const items = opened.stream[Symbol.asyncIterator]();
      for (let step = await items.next(); step.done !== true;) step = await items.next();
      await cancel(way, opened.stream, items);
      expect(await items.next()).toMatchObject({ done: true });
      expect(await opened.rig.ended()).toMatchObject({ code: 'ok' });
      expect(opened.rig.finished()).toHaveLength(1);
    });
  });
});

describe.each(Object.entries(FACES))('%s', (_, face) => {
  test('that is disposed during an iteration throws in the iteration', async () => {
    await using opened = await face(HANGS);
    const seen: unknown[] = [];
    const iterated = (async () => {
      for await (const chunk of opened.stream) seen.push(chunk);
    })();
    await turns(2);
    await opened.stream[Symbol.asyncDispose]();
    await expect(iterated).rejects.toMatchObject({ code: 'client_closed' });
    await expectClosed(opened);
  });

  test('that was disposed throws in a later iteration, and its raw face ends as failed', async () => {
    await using iterated = await face(HANGS);
    await iterated.stream[Symbol.asyncDispose]();
    await expect(Array.fromAsync(iterated.stream)).rejects.toMatchObject({ code: 'client_closed' });
    await expectClosed(iterated);
    await using pumped = await face(HANGS);
    await pumped.stream[Symbol.asyncDispose]();
    const ended = Promise.withResolvers<StreamEnd>();
    pumped.stream[raw]({ events: () => undefined, end: ended.resolve }).resume();
    expect(await ended.promise).toMatchObject({ kind: 'failed', error: { code: 'client_closed' } });
    await expectClosed(pumped);
  });

  test('that is disposed while its bytes are read ends as failed', async () => {
    await using opened = await face(HANGS);
    const ended = Promise.withResolvers<StreamEnd>();
    const begun = Promise.withResolvers<void>();
    opened.stream[raw]({ events: () => begun.resolve(), end: ended.resolve }).resume();
    await begun.promise;
    await opened.stream[Symbol.asyncDispose]();
    expect(await ended.promise).toMatchObject({ kind: 'failed', error: { code: 'client_closed' } });
    await expectClosed(opened);
  });

  test('has one use, and a second one does not affect the first', async () => {
    await using opened = await face(WHOLE);
    const items = opened.stream[Symbol.asyncIterator]();
    expect(() => opened.stream[Symbol.asyncIterator]()).toThrow('one use');
    expect(await items.next()).toMatchObject({ done: false });
    await items.return?.();
  });
});

describe.each(WAYS)('an early stream that is cancelled by %s', (way) => {
  test.each(['before the first chunk is requested', 'while its first chunk is awaited'])(
    '%s ends the attempts before there is an answer',
    async (when) => {
      await using opened = await early(HANGS, 'pending');
      const items = opened.stream[Symbol.asyncIterator]();
      const waiting = when.startsWith('while') ? items.next() : undefined;
      await cancel(way, opened.stream, items);
      if (waiting !== undefined) await expect(waiting).rejects.toMatchObject({ code: 'client_closed' });
      await expectClosed(opened);
    },
  );
});

test('a complete answer that is disposed before all of it is read throws in its iteration', async () => {
  await using opened = await open(WHOLE);
  const items = opened.stream[Symbol.asyncIterator]();
  await items.next();
  await opened.rig.ended();
  await opened.stream[Symbol.asyncDispose]();
  await expect(items.next()).rejects.toMatchObject({ code: 'client_closed' });
});
