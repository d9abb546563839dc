import type { Reading, ReadingClass } from './reading.ts';

/** What an attempt came to. The union is closed: what walks on and what does not is decided here and nowhere else. */
export type OutcomeKind =
  | 'answered'
  | 'throttled'
  | 'exhausted'
  | 'overloaded'
  | 'unreachable'
  | 'silent'
  | 'malformed'
  | 'unsuited'
  | 'unauthorised'
  | 'unknown_model'
  | 'rejected'
  | 'cancelled'
  | 'skipped';

/** Kinds that end a request's attempt without an answer. */
export type FailureKind = Exclude<OutcomeKind, 'answered' | 'skipped'>;

/** A failed attempt, as a value. `message` is safe to show: secrets are redacted before it is made. */
export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  /** The vendor's HTTP status, absent when no reply came. */
  readonly status?: number | undefined;
  readonly reading?: Reading | undefined;
}

/** Whether the chain goes on to its next entry after this outcome. */
export const WALKS_ON: Readonly<Record<OutcomeKind, boolean>> = Object.freeze({
  answered: false,
  throttled: true,
  exhausted: true,
  overloaded: true,
  unreachable: true,
  silent: true,
  malformed: true,
  unsuited: true,
  unauthorised: true,
  unknown_model: true,
  rejected: false,
  cancelled: false,
  skipped: true,
});

/** The outcome that a reading of a non-2xx reply makes. */
export function kindOf(reading: ReadingClass): FailureKind {
  switch (reading) {
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
      return 'rejected';
  }
}
