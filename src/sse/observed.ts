import { type EventStream, raw } from '../domain/event-stream.ts';
import { cancellable } from './cancellable.ts';

/** Sees what a stream hands out, by the face that is used, before its reader does. */
export interface Observer<Chunk> {
  /** Whole events in bytes. */
  events(bytes: Buffer): void;
  /** One parsed chunk. */
  chunk(chunk: Chunk): void;
}

/** Wraps a stream, both its faces, so that an observer sees every event. */
export function observed<Chunk>(stream: EventStream<Chunk>, observer: Observer<Chunk>): EventStream<Chunk> {
  async function* iterate(items: AsyncIterator<Chunk>): AsyncGenerator<Chunk, void, undefined> {
    for await (const chunk of { [Symbol.asyncIterator]: () => items }) {
      observer.chunk(chunk);
      yield chunk;
    }
  }

  const dispose = async (): Promise<void> => stream[Symbol.asyncDispose]();
  return {
    get named() {
      return stream.named;
    },
    get early() {
      return stream.early;
    },
    [raw]: (sink) =>
      stream[raw]({
        events(bytes) {
          observer.events(bytes);
          sink.events(bytes);
        },
        end: (result) => sink.end(result),
      }),
    [Symbol.asyncIterator]: () => cancellable(iterate(stream[Symbol.asyncIterator]()), dispose),
    [Symbol.asyncDispose]: dispose,
  };
}
