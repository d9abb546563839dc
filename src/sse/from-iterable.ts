import { GatewayError } from '../domain/errors.ts';
import { type EventStream, raw, type RawControl, type RawSink } from '../domain/event-stream.ts';
import { interruptible, type Interruptible } from './interruptible.ts';
import { cancellable } from './cancellable.ts';

/**
 * Gives any async iterable the raw face, by writing each of its values anew as a data event: for streams that are not made of an
 * upstream's bytes, and for those whose own raw face something has hidden. One use; leaving it ends the iteration. `onFailed` is told
 * what it failed with before the iteration is ended for it.
 */
export function fromIterable<Chunk>(
  iterable: AsyncIterable<Chunk>,
  onFailed: (error: GatewayError) => void,
): EventStream<Chunk> {
  const source = interruptible(iterable);
  let taken = false;

  function take(): Interruptible<Chunk> {
    if (taken) throw new Error('An event stream has one consumer and one use.');
    taken = true;
    return source;
  }

  return {
    [raw]: (sink) => drive(take(), sink, onFailed),
    [Symbol.asyncIterator]: () => cancellable(every(take().items), source.leave),
    [Symbol.asyncDispose]: source.leave,
  };
}

async function* every<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
  yield* items;
}

function drive(
  { items, leave }: Interruptible<unknown>,
  sink: RawSink,
  onFailed: (error: GatewayError) => void,
): RawControl {
  let over = false;
  /** Closed while the reader waits. */
  let gate: PromiseWithResolvers<void> | undefined = Promise.withResolvers();

  async function ready(): Promise<void> {
    // It may have closed again by the time that it is passed.
    for (let closed = gate; closed !== undefined; closed = gate) await closed.promise;
  }

  function open(): void {
    gate?.resolve();
    gate = undefined;
  }

  async function run(): Promise<void> {
    for (;;) {
      await ready();
      if (over) return;
      const { done, value } = await items.next();
      if (done === true) await ready();
      if (over) return;
      if (done === true) return sink.end({ kind: 'complete' });
      sink.events(Buffer.from(`data: ${JSON.stringify(value) ?? 'null'}\n\n`));
    }
  }

  run().catch((thrown: unknown) => {
    if (over) return;
    over = true;
    const error = GatewayError.from(thrown);
    onFailed(error);
    void leave();
    sink.end({ kind: 'failed', error });
  });
  return {
    pause() {
      gate ??= Promise.withResolvers();
    },
    resume: open,
    cancel() {
      over = true;
      open();
      void leave();
    },
  };
}
