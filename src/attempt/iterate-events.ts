import { abortError } from '../domain/abort-error.ts';
import { GatewayError } from '../domain/errors.ts';
import type { RawControl, RawSink, StreamEnd } from '../domain/event-stream.ts';
import { withoutNames } from '../sse/without-names.ts';

const DATA_PREFIX = 'data: '.length;
/** Above so many waiting bytes the source is paused. */
export const HIGH_WATER_BYTES = 64 * 1024;

/**
 * The iterating face over a raw one. It takes the raw face at once, so that a second use throws before anything is requested. `isDisposed`
 * returns whether the stream was disposed from elsewhere: events that have arrived are not yielded then.
 */
export function iterateEvents<Chunk>(
  take: (sink: RawSink) => RawControl,
  isDisposed: () => boolean,
): AsyncGenerator<Chunk, void, undefined> {
  let arrived: Buffer[] = [];
  let bytes = 0;
  let end: StreamEnd | undefined;
  let wake: (() => void) | undefined;
  const control = take({
    events(events) {
      arrived.push(events);
      bytes += events.length;
      if (bytes > HIGH_WATER_BYTES) control.pause();
      wake?.();
    },
    end(result) {
      end = result;
      wake?.();
    },
  });

  /** What has arrived since the last call, in order. */
  function* takeArrived(): Generator<Chunk, void, undefined> {
    const batch = arrived;
    arrived = [];
    bytes = 0;
    for (const events of batch) yield* chunksOf<Chunk>(events);
  }

  /** The next events, or undefined at the end. Waits until there is either. */
  async function next(): Promise<Generator<Chunk, void, undefined> | undefined> {
    while (arrived.length === 0) {
      if (end !== undefined) return undefined;
      await new Promise<void>((resolve) => (wake = resolve));
      wake = undefined;
    }
    return takeArrived();
  }

  async function* iterate(): AsyncGenerator<Chunk, void, undefined> {
    let finished = false;
    try {
      control.resume();
      for (let chunks = await next(); chunks !== undefined; chunks = await next()) {
        for (const chunk of chunks) {
          if (isDisposed()) throw abortError('client_closed');
          yield chunk;
        }
        control.resume();
      }
      finished = true;
      if (end?.kind === 'failed') throw end.error;
    } finally {
      if (!finished) control.cancel('client_closed');
    }
  }

  return iterate();
}

function* chunksOf<Chunk>(events: Buffer): Generator<Chunk, void, undefined> {
  for (const event of withoutNames(events).toString('utf8').split('\n\n')) {
    if (event === '') continue;
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type is what the operation promises, as in every client
      yield JSON.parse(event.slice(DATA_PREFIX)) as Chunk;
    } catch (cause) {
      throw new GatewayError('upstream_failed', { message: 'The provider sent an event that is not JSON.', cause });
    }
  }
}
