import { GatewayError } from '../domain/errors.ts';
import { type EventStream, raw, type RawControl, type RawSink } from '../domain/event-stream.ts';

/**
 * Gives any async iterable the raw face, by writing each of its values anew as a data event: for streams that are not made of an
 * upstream's bytes, and for those whose own raw face something has hidden. One use; leaving it ends the iteration.
 */
export function fromIterable<Chunk>(iterable: AsyncIterable<Chunk>): EventStream<Chunk> {
  const iterator = iterable[Symbol.asyncIterator]();
  const leave = async (): Promise<void> => void (await iterator.return?.());
  return {
    [raw]: (sink) => drive(iterator, sink),
    [Symbol.asyncIterator]: () => iterator,
    [Symbol.asyncDispose]: leave,
  };
}

function drive(iterator: AsyncIterator<unknown>, sink: RawSink): RawControl {
  let gate = Promise.withResolvers<void>();
  let over = false;

  async function run(): Promise<void> {
    try {
      for (;;) {
        await gate.promise;
        if (over) return;
        const { done, value } = await iterator.next();
        if (over) return;
        if (done === true) return sink.end({ kind: 'complete' });
        sink.events(Buffer.from(`data: ${JSON.stringify(value)}\n\n`));
      }
    } catch (error) {
      if (!over) sink.end({ kind: 'failed', error: GatewayError.from(error) });
    }
  }

  void run();
  return {
    pause() {
      gate = Promise.withResolvers();
    },
    resume: () => gate.resolve(),
    cancel() {
      over = true;
      gate.resolve();
      // The source hears it from the request's signal too; its refusal to end changes nothing here.
      void iterator.return?.().then(undefined, () => undefined);
    },
  };
}
