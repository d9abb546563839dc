import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/domain/errors.ts';
import { raw, type StreamEnd } from '../../src/domain/event-stream.ts';
import { fromIterable } from '../../src/sse/from-iterable.ts';
import { onEnd } from '../../src/sse/on-end.ts';

/** A source, and a promise that resolves when it is ended. */
function source(values: readonly unknown[], failure?: Error) {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  async function* generate(): AsyncGenerator {
    try {
      yield* values;
      if (failure !== undefined) throw failure;
    } finally {
      resolve();
    }
  }
  return { ended, iterable: { [Symbol.asyncIterator]: generate } };
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
  test('is written as data events, and waits until its sink resumes', async () => {
    const { control, events, ended } = take(source([{ n: 1 }, 'two', undefined]).iterable);
    control.pause();
    control.pause();
    await Promise.resolve();
    expect(events).toEqual([]);
    control.resume();
    expect(await ended).toEqual({ kind: 'complete' });
    expect(events).toEqual(['data: {"n":1}\n\n', 'data: "two"\n\n', 'data: null\n\n']);
  });

  test('stops between two events while its sink is paused', async () => {
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

  test('that cannot be serialized ends its source and is reported', async () => {
    const { ended: sourceEnded, iterable } = source([{ big: 1n }, { n: 2 }]);
    const { control, failures, ended } = take(iterable);
    control.resume();
    expect(await ended).toMatchObject({ kind: 'failed', error: { code: 'internal_error' } });
    expect(failures.map(({ code }) => code)).toEqual(['internal_error']);
    await sourceEnded;
  });

  test('that throws ends with the thrown error', async () => {
    const thrown = new GatewayError('upstream_truncated', { message: 'cut' });
    const { control, ended } = take(source([1], thrown).iterable);
    control.resume();
    expect(await ended).toEqual({ kind: 'failed', error: thrown });
  });

  test('can be cancelled even when its source throws at that, and reports nothing more', async () => {
    const iterable = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return(): never {
          throw new Error('the source does not end');
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

function observed(values: readonly unknown[], failure?: Error) {
  const ends: StreamEnd[] = [];
  const made = fromIterable(source(values, failure).iterable, () => undefined);
  return { ends, stream: onEnd(made, (end) => ends.push(end)) };
}

describe('a stream whose end is observed', () => {
  test('says whether its events are named, as the stream within does', () => {
    let named: boolean | undefined;
    const inner = fromIterable(source([]).iterable, () => undefined);
    const stream = onEnd(
      {
        [raw]: inner[raw],
        [Symbol.asyncIterator]: () => inner[Symbol.asyncIterator](),
        [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
        get named() {
          return named;
        },
      },
      () => undefined,
    );
    expect(stream.named).toBeUndefined();
    named = true;
    expect(stream.named).toBe(true);
  });

  test('reports that it is complete, by either face', async () => {
    const iterated = observed([1, 2]);
    expect(await Array.fromAsync(iterated.stream)).toEqual([1, 2]);
    const pumped = observed([1, 2]);
    const { promise, resolve } = Promise.withResolvers<StreamEnd>();
    pumped.stream[raw]({ events: () => undefined, end: resolve }).resume();
    await promise;
    expect([iterated.ends, pumped.ends]).toEqual([[{ kind: 'complete' }], [{ kind: 'complete' }]]);
  });

  test('reports once that it failed', async () => {
    const { ends, stream } = observed([1], new Error('no'));
    await expect(Array.fromAsync(stream)).rejects.toThrow('no');
    expect(ends).toMatchObject([{ kind: 'failed', error: { code: 'internal_error' } }]);
  });

  test('reports once that it was cancelled', async () => {
    const broken = observed([1, 2]);
    for await (const _ of broken.stream) break;
    const cancelled = observed([1, 2]);
    cancelled.stream[raw]({ events: () => undefined, end: () => undefined }).cancel('client_closed');
    const disposed = observed([1, 2]);
    await disposed.stream[Symbol.asyncDispose]();
    for (const { ends } of [broken, cancelled, disposed])
      expect(ends).toMatchObject([{ kind: 'failed', error: { code: 'client_closed' } }]);
  });

  test('is cancelled before its first chunk only once its source has ended', async () => {
    const { promise: disposing, resolve: disposed } = Promise.withResolvers<void>();
    const never = fromIterable(source([]).iterable, () => undefined);
    const ends: StreamEnd[] = [];
    const stream = onEnd({ ...never, [Symbol.asyncDispose]: () => disposing }, (end) => ends.push(end));
    const steps: string[] = [];
    const cancelling = stream[Symbol.asyncIterator]()
      .return?.()
      .then(() => steps.push('cancelled'));
    await new Promise(setImmediate);
    expect(steps).toEqual([]);
    disposed();
    await cancelling;
    expect([steps, ends.length]).toEqual([['cancelled'], 1]);
  });
});
