import { GatewayError } from '../domain/errors.ts';
import { type EventStream, raw, type StreamEnd } from '../domain/event-stream.ts';
import { abortError } from '../domain/abort-error.ts';
import { cancellable } from './cancellable.ts';

/** Wraps a stream, both its faces, and calls `notify` once with how it ended: complete, failed, or cancelled by its reader. */
export function onEnd<Chunk>(stream: EventStream<Chunk>, notify: (end: StreamEnd) => void): EventStream<Chunk> {
  let notified = false;
  const notifyOnce = (end: StreamEnd): void => {
    if (notified) return;
    notified = true;
    notify(end);
  };
  const notifyCancelled = (): void => notifyOnce({ kind: 'failed', error: abortError('client_closed') });

  async function cancel(): Promise<void> {
    notifyCancelled();
    await stream[Symbol.asyncDispose]();
  }

  async function* iterate(items: AsyncIterator<Chunk>): AsyncGenerator<Chunk, void, undefined> {
    try {
      yield* { [Symbol.asyncIterator]: () => items };
      notifyOnce({ kind: 'complete' });
    } catch (thrown) {
      notifyOnce({ kind: 'failed', error: GatewayError.from(thrown) });
      throw thrown;
    } finally {
      notifyCancelled();
    }
  }

  return {
    get named() {
      return stream.named;
    },
    get early() {
      return stream.early;
    },
    [raw](sink) {
      const control = stream[raw]({
        events: (bytes) => sink.events(bytes),
        end(result) {
          notifyOnce(result);
          sink.end(result);
        },
      });
      return {
        pause: () => control.pause(),
        resume: () => control.resume(),
        cancel(code) {
          notifyCancelled();
          control.cancel(code);
        },
      };
    },
    // The iterator is taken here, so that a second use throws before it could cancel what the first one reads.
    [Symbol.asyncIterator]: () => cancellable(iterate(stream[Symbol.asyncIterator]()), cancel),
    [Symbol.asyncDispose]: cancel,
  };
}
