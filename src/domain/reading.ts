import type { Learned, Observation, WindowName } from './limits.ts';
import type { Capability } from './needs.ts';
import type { ProviderError } from './provider-error.ts';

/** What a vendor's refusal means. The list is closed; every vendor's dialect of "no" ends in one of these. */
export type ReadingClass =
  | 'rate_limited'
  | 'quota_day'
  | 'no_money'
  | 'too_large_for_limit'
  | 'overloaded'
  | 'context_length'
  | 'content_filter'
  | 'bad_request'
  | 'auth'
  | 'model_gone'
  | 'model_error'
  | 'server'
  | 'timeout';

/** What a vendor's reply means: its class, what it speaks of, when it heals and what it teaches. Plain data. */
export interface Reading {
  readonly class: ReadingClass;
  /** What the refusal speaks of: this request only, the model at this account, or the key. */
  readonly scope: 'request' | 'model' | 'key';
  /** HTTP status of the reply; for an error inside a 200 the status it stands for. */
  readonly status: number;
  readonly error: ProviderError;
  /** When waiting helps: milliseconds since the epoch, a month from now at most. Absent where it does not, or nobody says. */
  readonly retryAt?: number | undefined;
  /** The window that is spent, where the refusal names one. */
  readonly window?: WindowName | undefined;
  readonly learned?: Learned | undefined;
  /** What its headers and its words tell of windows; empty when nothing. */
  readonly observed: readonly Observation[];
  /**
   * The vendor's words that it was read by, lower case, where neither the status nor a code says so: a caller whose request holds them may
   * have put them into his mouth.
   */
  readonly matchedText: readonly string[];
  /** A parameter this entry refuses, where the refusal names one. */
  readonly refusedParameter?: string | undefined;
  /** What its model cannot do, where the refusal says so. */
  readonly missingCapability?: Capability | undefined;
  /** Parameters of which it does not take this value, and another model may; whichever of them was sent. */
  readonly refusedValues?: readonly string[] | undefined;
}
