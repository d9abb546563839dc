import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/domain/errors.ts';
import { raw, type StreamEnd } from '../../src/domain/event-stream.ts';
import { fromIterable } from '../../src/sse/from-iterable.ts';
import { onEnd } from '../../src/sse/on-end.ts';

/** A source that tells whether it was left, and what has come of it. */
function source(values: readonly unknown[], failure?: Error) {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  async function* generate(): AsyncGenerator {
    try {
      yield* values;
      if (failure !== undefined) throw failure;
    } finally {
      resolve();
    }
  }
  return { left, iterable: { [Symbol.asyncIterator]: generate } };
}

function take(iterable: AsyncIterable<unknown>) {
  const failures: GatewayError[] = [];
  const events: string[] = [];
  const ended = Promise.withResolvers<StreamEnd>();
  const stream = fromIterable(iterable, (error) => failures.push(error));
  const control = stream[raw]({ events: (bytes) => events.push(bytes.toString()), end: ended.resolve });
  return { stream, control, events, failures, ended: ended.promise };
}

describe('an iterable with a raw face', () => {
  test('is written as data events, and waits for its reader', async () => {
    const { control, events, ended } = take(source([{ n: 1 }, 'two', undefined]).iterable);
    control.pause();
    control.pause();
    await Promise.resolve();
    expect(events).toEqual([]);
    control.resume();
    expect(await ended).toEqual({ kind: 'complete' });
    expect(events).toEqual(['data: {"n":1}\n\n', 'data: "two"\n\n', 'data: null\n\n']);
  });

  test('stops between two events while its reader waits', async () => {
    const { control, events, ended } = take(source([1, 2, 3]).iterable);
    control.resume();
    await Promise.resolve();
    control.pause();
    for (let n = 0; n < 20; n++) await Promise.resolve();
    expect(events.length).toBeLessThan(3);
    control.resume();
    expect(await ended).toEqual({ kind: 'complete' });
    expect(events).toHaveLength(3);
  });

  test('that cannot be written ends its source and is told', async () => {
    const { left, iterable } = source([{ big: 1n }, { n: 2 }]);
    const { control, failures, ended } = take(iterable);
    control.resume();
    expect(await ended).toMatchObject({ kind: 'failed', error: { code: 'internal_error' } });
    expect(failures.map(({ code }) => code)).toEqual(['internal_error']);
    await left;
  });

  test('that throws ends with what was thrown', async () => {
    const thrown = new GatewayError('upstream_truncated', { message: 'cut' });
    const { control, ended } = take(source([1], thrown).iterable);
    control.resume();
    expect(await ended).toEqual({ kind: 'failed', error: thrown });
  });

  test('is left by its reader, even if it throws at that, and tells nothing more', async () => {
    const iterable = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return(): never {
          throw new Error('not so fast');
        },
      }),
    };
    const { control, events, failures } = take(iterable);
    control.resume();
    await Promise.resolve();
    expect(() => control.cancel('client_closed')).not.toThrow();
    expect([events, failures]).toEqual([[], []]);
  });

  test('has one use', () => {
    const { stream } = take(source([1]).iterable);
    expect(() => stream[Symbol.asyncIterator]()).toThrow('one use');
  });
});

function watched(values: readonly unknown[], failure?: Error) {
  const ends: StreamEnd[] = [];
  const made = fromIterable(source(values, failure).iterable, () => undefined);
  return { ends, stream: onEnd(made, (end) => ends.push(end)) };
}

describe('a stream that is watched to its end', () => {
  test('tells that it was whole, by either face', async () => {
    const iterated = watched([1, 2]);
    expect(await Array.fromAsync(iterated.stream)).toEqual([1, 2]);
    const pumped = watched([1, 2]);
    const { promise, resolve } = Promise.withResolvers<StreamEnd>();
    pumped.stream[raw]({ events: () => undefined, end: resolve }).resume();
    await promise;
    expect([iterated.ends, pumped.ends]).toEqual([[{ kind: 'complete' }], [{ kind: 'complete' }]]);
  });

  test('tells once that it failed', async () => {
    const { ends, stream } = watched([1], new Error('no'));
    await expect(Array.fromAsync(stream)).rejects.toThrow('no');
    expect(ends).toMatchObject([{ kind: 'failed', error: { code: 'internal_error' } }]);
  });

  test('tells once that it was left', async () => {
    const broken = watched([1, 2]);
    for await (const _ of broken.stream) break;
    const cancelled = watched([1, 2]);
    cancelled.stream[raw]({ events: () => undefined, end: () => undefined }).cancel('client_closed');
    const disposed = watched([1, 2]);
    await disposed.stream[Symbol.asyncDispose]();
    for (const { ends } of [broken, cancelled, disposed])
      expect(ends).toMatchObject([{ kind: 'failed', error: { code: 'client_closed' } }]);
  });

  test('is left by a reader who has not begun only once its source is', async () => {
    const { promise: disposing, resolve: disposed } = Promise.withResolvers<void>();
    const never = fromIterable(source([]).iterable, () => undefined);
    const ends: StreamEnd[] = [];
    const stream = onEnd({ ...never, [Symbol.asyncDispose]: () => disposing }, (end) => ends.push(end));
    const told: string[] = [];
    const leaving = stream[Symbol.asyncIterator]()
      .return?.()
      .then(() => told.push('left'));
    await new Promise(setImmediate);
    expect(told).toEqual([]);
    disposed();
    await leaving;
    expect([told, ends.length]).toEqual([['left'], 1]);
  });
});
