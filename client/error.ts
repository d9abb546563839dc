import type { ErrorShape, TrailStep } from '#contract';

/** What the client itself finds wrong; every other code is the gateway's, or a vendor's behind it. */
export type ClientErrorCode = 'connection_failed' | 'incomplete_stream' | 'invalid_reply';

/** What an error is made of when no gateway has sent it. */
export interface ClientFailure {
  readonly code: ClientErrorCode;
  readonly message: string;
  /** HTTP status of the reply, where there was one. */
  readonly status?: number | undefined;
  readonly cause?: unknown;
}

/**
 * The one error of this client. A call that its own signal has aborted rejects with the signal's reason instead, as `fetch` does.
 * - `connection_failed`: no reply came, or not all of it. The request may have been answered all the same; nothing is asked again.
 * - `incomplete_stream`: a stream ended, or broke, without saying that it was complete. What came of it is a part of the answer.
 * - `invalid_reply`: what answered is no gateway, or a proxy in front of it.
 */
export class SpillwayError extends Error {
  override readonly name = 'SpillwayError';
  /** Stable; null where a vendor gave none. */
  readonly code: string | null;
  readonly type: string | null;
  /** The field of the input that is wrong, where one is named. */
  readonly param: string | null;
  /** The HTTP status that REST would have answered; undefined where no gateway has answered. */
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  /** What was tried, in order, where a chain was walked. */
  readonly attempts: readonly TrailStep[] | undefined;
  /** Seconds to wait before asking again. */
  readonly retryAfter: number | undefined;
  /** The error as it came over the wire; undefined for the client's own. */
  readonly shape: ErrorShape | undefined;

  constructor(failure: ClientFailure, shape?: ErrorShape) {
    super(failure.message, failure.cause === undefined ? undefined : { cause: failure.cause });
    const data = shape?.data;
    this.code = data === undefined ? failure.code : data.code;
    this.type = data?.type ?? null;
    this.param = data?.param ?? null;
    this.status = data?.status ?? failure.status;
    this.requestId = data?.requestId;
    this.attempts = data?.attempts;
    this.retryAfter = data?.retryAfter;
    this.shape = shape;
  }

  /** The error that the gateway has sent. What is not in its shape is an `invalid_reply`. */
  static from(sent: unknown, status?: number): SpillwayError {
    if (isShape(sent)) return new SpillwayError({ code: 'invalid_reply', message: sent.message }, sent);
    const message = `What answered is no Spillway gateway${status === undefined ? '' : ` (status ${status})`}.`;
    return new SpillwayError({ code: 'invalid_reply', message, status });
  }
}

function isShape(value: unknown): value is ErrorShape {
  return (
    typeof value === 'object' &&
    value !== null &&
    'message' in value &&
    typeof value.message === 'string' &&
    'data' in value &&
    typeof value.data === 'object' &&
    value.data !== null &&
    'status' in value.data
  );
}
