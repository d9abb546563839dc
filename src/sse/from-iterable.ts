import { GatewayError } from '../domain/errors.ts';
import { type EventStream, raw, type RawControl, type RawSink } from '../domain/event-stream.ts';
import { interruptible, type Interruptible } from './interruptible.ts';
import { cancellable } from './cancellable.ts';

/**
 * Gives any async iterable the raw face: each of its values is written as a bare data event. For streams that are not an upstream's bytes,
 * and for those whose own raw face a wrapper hides. One use; cancelling it ends the iteration. When the iteration fails, `onFailed` is
 * called with the error before the source is ended.
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
    [Symbol.asyncIterator]: () => cancellable(every(take().items), source.cancel),
    [Symbol.asyncDispose]: source.cancel,
  };
}

async function* every<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
  yield* items;
}

function drive(
  { items, cancel }: Interruptible<unknown>,
  sink: RawSink,
  onFailed: (error: GatewayError) => void,
): RawControl {
  let over = false;
  /** Pending while the sink is paused. */
  let gate: PromiseWithResolvers<void> | undefined = Promise.withResolvers();

  async function ready(): Promise<void> {
    // The sink may have paused again by the time this continues.
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
    void cancel();
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
      void cancel();
    },
  };
}
