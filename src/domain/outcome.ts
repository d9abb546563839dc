import type { Reading } from './reading.ts';

/**
 * The outcome of an attempt. `invalid_answer`: the answer is whole and fails the check that the request wants for it, so that it is not
 * delivered; it says nothing about the entry's health. `gateway_overloaded`: the gateway itself had no resources for a connection, so that nothing was sent and nothing
 * is known of the entry. The union is closed: only `FAILS_OVER` decides after which outcomes the chain tries its next entry.
 */
export type OutcomeKind =
  | 'answered'
  | 'throttled'
  | 'exhausted'
  | 'overloaded'
  | 'gateway_overloaded'
  | 'unreachable'
  | 'silent'
  | 'malformed'
  | 'invalid_answer'
  | 'unsuited'
  | 'unauthorised'
  | 'unknown_model'
  | 'refused'
  | 'invalid_request'
  | 'cancelled'
  | 'skipped';

/** The outcomes of an attempt that was sent. */
export type AttemptOutcome = Exclude<OutcomeKind, 'skipped'>;

/** The outcomes of an attempt without an answer. */
export type FailureKind = Exclude<AttemptOutcome, 'answered'>;

/** The codes of errors that say why no entry can take a request, other than `invalid_request`. */
export type UnsuitedCode = 'previous_response_not_found';

/** A failed attempt, as a value. `message` is safe to show: secrets are redacted before it is made. */
export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  /** The provider's HTTP status; absent without a reply. */
  readonly status?: number | undefined;
  /** How the provider's refusal was read; absent without one. */
  readonly reading?: Reading | undefined;
  /** Set where nothing was sent, because the provider's API cannot carry the request: the entry counts as skipped. */
  readonly unsent?: true | undefined;
  /** The client's field that the provider's API cannot carry. */
  readonly field?: string | undefined;
  /** The code of the error where no entry can take the request; `invalid_request` unless given. */
  readonly code?: UnsuitedCode | undefined;
  /** `hedge_lost`: it was cancelled because another attempt of the request has answered. */
  readonly reason?: 'hedge_lost' | undefined;
  /** Set where no reply began in time: the provider may have processed the request all the same. */
  readonly replyTimedOut?: true | undefined;
  /** Whether the provider refuses a value that the operator's configuration has put into the request: never the client's mistake. */
  readonly byConfiguration?: true | undefined;
}

/** Whether the chain tries its next entry after this outcome. */
export const FAILS_OVER: Readonly<Record<OutcomeKind, boolean>> = Object.freeze({
  answered: false,
  throttled: true,
  exhausted: true,
  overloaded: true,
  // Another entry may have a connection open.
  gateway_overloaded: true,
  unreachable: true,
  silent: true,
  malformed: true,
  invalid_answer: true,
  unsuited: true,
  unauthorised: true,
  unknown_model: true,
  refused: true,
  invalid_request: false,
  cancelled: false,
  skipped: true,
});

/**
 * The outcome of an attempt whose refusal was read so. A provider that reports a problem of the request as its own failure (5xx) cannot
 * take the request.
 */
export function kindOf({ class: kind, status }: Pick<Reading, 'class' | 'status'>): FailureKind {
  switch (kind) {
    case 'rate_limited':
      return 'throttled';
    case 'quota_day':
    case 'no_money':
      return 'exhausted';
    case 'overloaded':
    case 'server':
    case 'timeout':
    case 'model_error':
      return 'overloaded';
    case 'auth':
      return 'unauthorised';
    case 'model_gone':
      return 'unknown_model';
    case 'too_large_for_limit':
    case 'context_length':
    case 'content_filter':
      return 'unsuited';
    case 'bad_request':
      return status >= 500 ? 'unsuited' : 'refused';
    case 'invalid_request':
      return 'invalid_request';
  }
}
