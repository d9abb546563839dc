import { GatewayError } from '../domain/errors.ts';
import { type EventStream, raw, type StreamEnd } from '../domain/event-stream.ts';
import { abortError } from '../domain/abort-error.ts';
import { cancellable } from './cancellable.ts';

/** The same stream, with both its faces, that tells once how it ended: complete, failed, or left by its reader. */
export function onEnd<Chunk>(stream: EventStream<Chunk>, tell: (end: StreamEnd) => void): EventStream<Chunk> {
  let told = false;
  const once = (end: StreamEnd): void => {
    if (told) return;
    told = true;
    tell(end);
  };
  const left = (): void => once({ kind: 'failed', error: abortError('client_closed') });

  async function leave(): Promise<void> {
    left();
    await stream[Symbol.asyncDispose]();
  }

  async function* iterate(items: AsyncIterator<Chunk>): AsyncGenerator<Chunk, void, undefined> {
    try {
      yield* { [Symbol.asyncIterator]: () => items };
      once({ kind: 'complete' });
    } catch (thrown) {
      once({ kind: 'failed', error: GatewayError.from(thrown) });
      throw thrown;
    } finally {
      left();
    }
  }

  return {
    [raw](sink) {
      const control = stream[raw]({
        events: (bytes) => sink.events(bytes),
        end(result) {
          once(result);
          sink.end(result);
        },
      });
      return {
        pause: () => control.pause(),
        resume: () => control.resume(),
        cancel(code) {
          left();
          control.cancel(code);
        },
      };
    },
    // A second use is to throw here, before it could leave what the first one reads.
    [Symbol.asyncIterator]: () => cancellable(iterate(stream[Symbol.asyncIterator]()), leave),
    [Symbol.asyncDispose]: leave,
  };
}
