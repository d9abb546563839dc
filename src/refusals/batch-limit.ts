import type { Learned } from '../domain/limits.ts';
import { countOf } from './count-in-text.ts';
import type { ErrorWords } from './error-words.ts';
import { BATCH_TOO_LARGE, BATCH_TOO_LARGE_UNCOUNTED } from './wordings/batch.ts';

/** What an error says about the number of inputs that a model takes at once. */
export interface BatchLimit {
  readonly batch: NonNullable<Learned['batch']>;
  /** The part of the text that says so. */
  readonly matchedText: readonly string[];
}

/** Statuses of a refusal of the request itself. */
const REFUSES_REQUEST: ReadonlySet<number> = new Set([400, 413, 422]);

/**
 * Reads from a refusal that the request has too many inputs, and how many it may have. Undefined if the status blames no request, or if the
 * provider's own text says nothing about it.
 */
export function batchLimit(status: number, { text, ownText, upstreamText }: ErrorWords): BatchLimit | undefined {
  if (!REFUSES_REQUEST.has(status)) return undefined;
  for (const pattern of [...BATCH_TOO_LARGE, BATCH_TOO_LARGE_UNCOUNTED]) {
    const own = pattern.exec(ownText);
    const match = own ?? pattern.exec(upstreamText);
    if (match === null) continue;
    const phrase = own === null ? match[0] : text.slice(own.index, own.index + own[0].length);
    return { batch: { limit: countOf(match[1]) }, matchedText: [phrase] };
  }
  return undefined;
}
