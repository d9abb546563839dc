import type { GatewayError } from './errors.ts';

/** How a stream ended. A stream that is not complete has failed. */
export type StreamEnd =
  | { readonly kind: 'complete' }
  | {
      readonly kind: 'failed';
      readonly error: GatewayError;
      /** The failure in events of the stream's own API, LF-framed, where they continue what was shown: the ids and numbers of its events. */
      readonly events?: string | undefined;
      /** The client gets no reason: the stream ends without its end, so that the client reads on from another gateway. */
      readonly silent?: boolean | undefined;
    };

/** Takes a stream's bytes as they arrive. The calls are synchronous; `end` is called once, last. */
export interface RawSink {
  /**
   * Whole events, LF-framed, each an optional `event:` line and one `data:` line, without `[DONE]`; one call per network read. A sink that
   * may only write bare events checks `EventStream.named` with each call.
   */
  events(bytes: Buffer): void;
  end(result: StreamEnd): void;
}

/** Controls the source of a raw stream, which starts paused: nothing is delivered before the first `resume`. Every call is idempotent. */
export interface RawControl {
  pause(): void;
  resume(): void;
  /** Ends the upstream exchange; the sink is not called after it. */
  cancel(code: string): void;
}

/** The face of an answer that passes bytes on without parsing them. */
export const raw: unique symbol = Symbol('spillway.raw');

/**
 * The answer of a streaming procedure: parsed chunks for a `for await`, or the upstream's own bytes through `[raw]`.
 * One consumer, one use: taking either face a second time throws. Ending the iteration early or disposing the stream ends the upstream
 * exchange. The iteration throws a GatewayError when the stream did not end complete: `client_closed` when other code disposed it before
 * the iteration, between two chunks or while a chunk was awaited.
 */
export interface EventStream<Chunk> extends AsyncIterable<Chunk>, AsyncDisposable {
  readonly [raw]: (sink: RawSink) => RawControl;
  /** Handed out before there is an answer: the response begins with a comment, so that bytes flow. */
  readonly early?: boolean | undefined;
  /**
   * Whether an event handed out so far carries an `event:` line. It is set before the delivery that holds the event and stays true. A sink
   * that may only write bare events checks it with each delivery and strips the names (`withoutNames`).
   */
  readonly named?: boolean | undefined;
}

/** Whether a value still has its raw face; a wrapper around an iterable hides it. */
export function isEventStream(value: unknown): value is EventStream<unknown> {
  return typeof value === 'object' && value !== null && raw in value;
}

/** Whether a value is a stream of any kind. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** The bytes of a JSON answer as the upstream sent them, beside its parsed value. */
export const rawBody: unique symbol = Symbol('spillway.rawBody');

/** The upstream's own bytes of an answer; undefined for values that are not an upstream's answer. */
export function rawBodyOf(value: unknown): Buffer | undefined {
  if (typeof value !== 'object' || value === null || !(rawBody in value)) return undefined;
  return Buffer.isBuffer(value[rawBody]) ? value[rawBody] : undefined;
}
