import { hasCode } from './error-codes.ts';
import { type ClassMatch, matchText, type Refusal } from './refusal.ts';
import { BUSY_LOADING, LOAD_FAILED, LOADING, LOADING_CODES } from './wordings/overload.ts';

/** When to retry a model that is being loaded, if nothing says when; in milliseconds. */
export const LOADING_MS = 5000;

/** Statuses below 500 with which servers report that a model is not loaded yet. */
const STATUSES: ReadonlySet<number> = new Set([404, 409, 425, 429]);

/**
 * The class `overloaded`, marked as loading, if a server reports that it is still loading the model: it is not broken, and succeeds in seconds.
 * Undefined for any other refusal, and for a load that has failed.
 */
export function modelLoading({ status, words, limit }: Refusal): ClassMatch | undefined {
  if (status < 500 && !STATUSES.has(status)) return undefined;
  if (limit.period !== undefined || hasCode(words.codes, 'no_money') || LOAD_FAILED.test(words.ownText))
    return undefined;
  const found = { class: 'overloaded', loading: true } as const;
  if (LOADING_CODES.test(words.codes)) return found;
  if (hasCode(words.codes, 'model_gone')) return undefined;
  const match = matchText(words, LOADING, found);
  // A 503 is about the server, so its words are not an echo of the request, which may hold such a common word.
  if (status !== 503) return match;
  return match !== undefined || BUSY_LOADING.test(words.ownText) ? found : undefined;
}
