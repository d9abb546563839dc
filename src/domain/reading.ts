import type { Learned, Observation, WindowName } from './limits.ts';
import type { Capability } from './needs.ts';
import type { ProviderError } from './provider-error.ts';

/**
 * All classes of refusals. `bad_request` is a problem of this request that another entry may not have; `invalid_request` is certainly the
 * client's mistake.
 */
export const READING_CLASSES = Object.freeze([
  'rate_limited',
  'quota_day',
  'no_money',
  'too_large_for_limit',
  'overloaded',
  'context_length',
  'content_filter',
  'bad_request',
  'invalid_request',
  'auth',
  'model_gone',
  'model_error',
  'server',
  'timeout',
] as const);

/** The meaning of a provider's refusal. The list is closed: every refusal is classified as one of these. */
export type ReadingClass = (typeof READING_CLASSES)[number];

/** An operator's own rule: a refusal with this status, and with this code and these words where given, has this class. */
export interface RefusalRule {
  /** HTTP statuses of the reply, or of the error inside a 2xx. */
  readonly status: readonly number[];
  /** The error's code, type or most specific name, in lower case. */
  readonly code: string | undefined;
  /** A part of the error's text, in lower case. */
  readonly words: string | undefined;
  readonly as: ReadingClass;
}

/** The meaning of a provider's refusal: its class, its scope, when a retry helps and what it reveals. Plain data. */
export interface Reading {
  readonly class: ReadingClass;
  /** What the refusal concerns: only this request, the model at this account, or the key. */
  readonly scope: 'request' | 'model' | 'key';
  /** HTTP status of the reply; for an error inside a 200, the status that it corresponds to. */
  readonly status: number;
  readonly error: ProviderError;
  /** When a retry may succeed, in milliseconds since the epoch, at most a month ahead. Absent where waiting does not help or no time is known. */
  readonly retryAt?: number | undefined;
  /** Whether the server works, but is still loading the model: the same request succeeds in seconds or minutes. */
  readonly loading?: boolean | undefined;
  /** The period of the exhausted quota of class `quota_day`, if it is longer than a day. A quota of an unknown period counts as a month. */
  readonly quotaPeriod?: 'week' | 'month' | undefined;
  /** The exhausted window, where the refusal names one. */
  readonly window?: WindowName | undefined;
  /** Limits and sizes that the refusal states. */
  readonly learned?: Learned | undefined;
  /** What the reply's headers and text report about windows; empty where nothing is reported. */
  readonly observed: readonly Observation[];
  /**
   * The phrases in the provider's text that decided the class or the retry time, in lower case; empty where nothing in the text did. Providers echo
   * prompts, so a phrase that also occurs in the request may be the client's own.
   */
  readonly matchedText: readonly string[];
  /** Set where it refuses the reasoning of earlier turns, without which it may take the request. */
  readonly refusedReasoning?: true | undefined;
  /** The parameter that the entry refuses, where the refusal names one. */
  readonly refusedParameter?: string | undefined;
  /** The capability that the model lacks, where the refusal names one. */
  readonly missingCapability?: Capability | undefined;
  /** Paths of fields that the error names, such as `messages[0].content`; whatever in its text looks like one. */
  readonly namedFields?: readonly string[] | undefined;
  /** Parameters whose value the model refuses and another model may accept. The request need not have sent all of them. */
  readonly refusedValues?: readonly string[] | undefined;
}
