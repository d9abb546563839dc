import type { SkipReason } from '../domain/trail.ts';
import type { Reading } from '../domain/reading.ts';
import type { ProviderError } from '../domain/provider-error.ts';

/** Why a target cannot serve a request. */
export interface Lack {
  /** What the target does not support, in a few words, e.g. `tools` or `parameter 'logit_bias'`. */
  readonly what: string;
  /** A sentence for every error of a chain that skips the target for it: a setting that the client's operator may not know of. */
  readonly note?: string | undefined;
  /** Whether it is the request's size that the target cannot take. */
  readonly tooLarge?: boolean | undefined;
  /**
   * The refusal that it was learned from, cut, with a message of the gateway: the provider's own message may quote the request of another
   * client than the one that receives it. Undefined when the configuration says so.
   */
  readonly refusal: StoredRefusal | undefined;
  /** The code of the skip; `too_large` or `lacks_capability` unless given. */
  readonly reason?: Extract<SkipReason, 'not_allowed' | 'no_price' | 'over_budget'> | undefined;
}

/** What is stored of a refusal, to be shown to other clients. */
export interface StoredRefusal {
  readonly status: number;
  readonly error: ProviderError;
}

/** Longest stored `type`, `param` and `code`, in characters: providers choose them. */
const LONGEST_WORDS = 500;

/** Returns a lack that may be shown to any client. `refusal`: what it was learned from; undefined when it is configured. */
export function createLack(what: string, refusal: StoredRefusal | undefined): Lack {
  if (refusal === undefined) return { what, refusal };
  const { status, error } = refusal;
  return { what, refusal: { status, error: { ...error, message: `The model does not support ${what}.` } } };
}

/** Returns what is stored of a refusal: no message, and the other members cut. */
export function storedRefusal({ status, error }: Reading): StoredRefusal {
  return {
    status,
    error: { message: '', type: cut(error.type), param: cut(error.param), code: cut(error.code) },
  };
}

function cut(words: string | null): string | null {
  return words?.slice(0, LONGEST_WORDS) ?? null;
}
