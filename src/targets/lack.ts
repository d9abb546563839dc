import type { Reading } from '../domain/reading.ts';
import type { ProviderError } from '../domain/provider-error.ts';

/** Why a target cannot take a request. */
export interface Lack {
  /** In a few words, e.g. `tools` or `parameter 'logit_bias'`. */
  readonly what: string;
  /**
   * The refusal that taught it, cut short, in our words: the vendor's may quote the request of whoever was refused, who need not be the one
   * that is told of it now. Undefined where the configuration says so.
   */
  readonly refusal: Remembered | undefined;
}

/** What is kept of a refusal for another caller. */
export interface Remembered {
  readonly status: number;
  readonly error: ProviderError;
}

/** Vendors choose their words; longer ones are cut. */
const LONGEST_WORDS = 500;

/** What is lacking, as another caller than the one who was refused may be told of it. */
export function lackOf(what: string, refusal: Remembered | undefined): Lack {
  if (refusal === undefined) return { what, refusal };
  const { status, error } = refusal;
  return { what, refusal: { status, error: { ...error, message: `The model cannot take ${what}.` } } };
}

/** What is kept of a refusal: not the vendor's message, and the rest cut. */
export function remembered({ status, error }: Reading): Remembered {
  return {
    status,
    error: { message: '', type: cut(error.type), param: cut(error.param), code: cut(error.code) },
  };
}

function cut(words: string | null): string | null {
  return words?.slice(0, LONGEST_WORDS) ?? null;
}
