import type { GatewayError } from './errors.ts';

/** How a stream ended. There is no third way: what is not complete has failed. */
export type StreamEnd = { readonly kind: 'complete' } | { readonly kind: 'failed'; readonly error: GatewayError };

/** Takes a stream's bytes as they come. The calls are synchronous; `end` comes once and last. */
export interface RawSink {
  /** Whole, bare `data: {...}` events, LF-framed, without `[DONE]`; one call per network read. */
  events(bytes: Buffer): void;
  end(result: StreamEnd): void;
}

/** Steers the source of a raw stream, which starts paused: nothing is delivered before the first `resume`. Every call is idempotent. */
export interface RawControl {
  pause(): void;
  resume(): void;
  /** Ends the upstream's exchange; the sink hears nothing after it. */
  cancel(code: string): void;
}

/** The face of an answer that passes bytes on without parsing them. */
export const raw: unique symbol = Symbol('spillway.raw');

/**
 * The answer of a streaming procedure: parsed chunks for a `for await`, or the upstream's own bytes through `[raw]`.
 * One consumer, one use: taking either face a second time throws. Leaving the iteration or disposing it ends the upstream.
 * The iteration throws a GatewayError when the stream did not end complete: `client_closed` where it was disposed from beside, be it before,
 * between two chunks or while one is waited for.
 */
export interface EventStream<Chunk> extends AsyncIterable<Chunk>, AsyncDisposable {
  readonly [raw]: (sink: RawSink) => RawControl;
  /** Handed out before there is an answer: its door begins with a comment, so that bytes flow. */
  readonly early?: boolean | undefined;
}

/** Tells whether a value still has its raw face; a wrapper around an iterable hides it. */
export function isEventStream(value: unknown): value is EventStream<unknown> {
  return typeof value === 'object' && value !== null && raw in value;
}

/** Tells whether a value is a stream of any kind. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** The bytes of a JSON answer as the upstream sent them, beside its parsed value. */
export const rawBody: unique symbol = Symbol('spillway.rawBody');

/** The upstream's own bytes of an answer; undefined for values that did not come from one. */
export function rawBodyOf(value: unknown): Buffer | undefined {
  if (typeof value !== 'object' || value === null || !(rawBody in value)) return undefined;
  return Buffer.isBuffer(value[rawBody]) ? value[rawBody] : undefined;
}
