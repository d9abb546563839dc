import type { ErrorShape, TrailStep } from '#contract';

/** The codes of the client's own errors; every other code is the gateway's or a provider's. `no_valid_answer` is both. */
export type ClientErrorCode = 'connection_failed' | 'incomplete_stream' | 'invalid_reply' | 'no_valid_answer';

/** An error that no gateway has sent. */
export interface ClientFailure {
  readonly code: ClientErrorCode;
  readonly message: string;
  /** HTTP status of the reply, where there was one. */
  readonly status?: number | undefined;
  readonly cause?: unknown;
}

/**
 * The one error of this client. A call that its own signal has aborted rejects with the signal's reason instead, as `fetch` does.
 * - `connection_failed`: there is no reply, or only a part of one. The gateway may have answered the request all the same; it is not sent again.
 * - `incomplete_stream`: a stream ended or broke without its end event. Its events so far are a part of the answer.
 * - `no_valid_answer`: no entry gave an answer that matches the schema of `parse`; without a status, the schema itself has refused an answer
 *   that the gateway has let pass, and its issues are the cause.
 * - `invalid_reply`: the reply is not a gateway's, but for example a proxy's in front of it.
 */
export class SpillwayError extends Error {
  override readonly name = 'SpillwayError';
  /** Stable; null where a provider gave none. */
  readonly code: string | null;
  /** Null for the client's own errors. */
  readonly type: string | null;
  /** The wrong field of the input, where one is named. */
  readonly param: string | null;
  /** The HTTP status that REST would have; undefined without a reply by a gateway. */
  readonly status: number | undefined;
  /** The id of the request: the client's own, else the gateway's. */
  readonly requestId: string | undefined;
  /** The gateway's own id of the request, with which its log finds it. */
  readonly spillwayRequestId: string | undefined;
  /** The attempts and the skipped entries in order, where a chain ran. */
  readonly attempts: readonly TrailStep[] | undefined;
  /** Names that may be sent as `model`, where another one was sent. */
  readonly models: readonly string[] | undefined;
  /** Seconds to wait before a retry. */
  readonly retryAfter: number | undefined;
  /** The error as it was received; undefined for the client's own. */
  readonly shape: ErrorShape | undefined;

  constructor(failure: ClientFailure, shape?: ErrorShape) {
    super(failure.message, failure.cause === undefined ? undefined : { cause: failure.cause });
    const data = shape?.data;
    this.code = data === undefined ? failure.code : data.code;
    this.type = data?.type ?? null;
    this.param = data?.param ?? null;
    this.status = data?.status ?? failure.status;
    this.requestId = data?.requestId;
    this.spillwayRequestId = data?.spillwayRequestId;
    this.attempts = data?.attempts;
    this.models = data?.models;
    this.retryAfter = data?.retryAfter;
    this.shape = shape;
  }

  /** Makes the error that the gateway has sent. Anything in another shape is an `invalid_reply`. */
  static from(sent: unknown, status?: number): SpillwayError {
    if (isShape(sent)) return new SpillwayError({ code: 'invalid_reply', message: sent.message }, sent);
    const message = `The reply is not a Spillway gateway's${status === undefined ? '' : ` (status ${status})`}.`;
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
