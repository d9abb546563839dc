import { GatewayError } from '../domain/errors.ts';
import { type EventStream, raw, type RawControl, type RawSink } from '../domain/event-stream.ts';

/**
 * Gives any async iterable the raw face, by writing each of its values anew as a data event: for streams that are not made of an
 * upstream's bytes, and for those whose own raw face something has hidden. One use; leaving it ends the iteration. `onFailed` is told
 * what it failed with before the iteration is ended for it.
 */
export function fromIterable<Chunk>(
  iterable: AsyncIterable<Chunk>,
  onFailed: (error: GatewayError) => void,
): EventStream<Chunk> {
  let taken: AsyncIterator<Chunk> | undefined;

  function take(): AsyncIterator<Chunk> {
    if (taken !== undefined) throw new Error('An event stream has one consumer and one use.');
    return (taken = iterable[Symbol.asyncIterator]());
  }

  return {
    [raw]: (sink) => drive(take(), sink, onFailed),
    [Symbol.asyncIterator]: take,
    [Symbol.asyncDispose]: () => leave(taken ?? take()),
  };
}

function drive(iterator: AsyncIterator<unknown>, sink: RawSink, onFailed: (error: GatewayError) => void): RawControl {
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
      const { done, value } = await iterator.next();
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
    void leave(iterator);
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
      void leave(iterator);
    },
  };
}

/** Ends an iteration. What its source throws at that concerns nobody any more. */
async function leave(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // As said.
  }
}
