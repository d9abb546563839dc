import type { Reading, ReadingClass } from '../domain/reading.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import { isContextOverflow } from './context-window.ts';
import { hasCode } from './error-codes.ts';
import { type ErrorWords, matchOwnText } from './error-words.ts';
import type { LimitInWords } from './limit-in-words.ts';
import { CONTENT_FILTERED, SPEAKS_OF_CONTENT } from './wordings/content-filter.ts';

/** A refusal as the rules classify it. */
export interface Refusal {
  readonly status: number;
  readonly error: ReportedError;
  readonly words: ErrorWords;
  readonly limit: LimitInWords;
  /** Whether the body is JSON. Otherwise it is a page or a line of text, mostly from a proxy in between. */
  readonly hasJsonBody: boolean;
  /** Whether the body is JSON and reports an error, as a provider's refusal does. */
  readonly hasJsonError: boolean;
  /** Whether it says when to retry. */
  readonly hasRetryHint: boolean;
}

/** A class that a rule has found, its scope if that is not the usual scope of the class, and the text that it was read from. */
export interface ClassMatch {
  readonly class: ReadingClass;
  readonly scope?: Reading['scope'] | undefined;
  readonly matchedText?: readonly string[] | undefined;
  readonly loading?: boolean | undefined;
  /** Set where the reasoning of earlier turns is refused. */
  readonly reasoning?: true | undefined;
}

/** Returns `found` with the text that the pattern matches in the provider's own text; undefined without a match. */
export function matchText(words: ErrorWords, pattern: RegExp, found: ClassMatch): ClassMatch | undefined {
  const matched = matchOwnText(pattern, words);
  return matched === undefined ? undefined : { ...found, matchedText: [matched] };
}

/**
 * The class `context_length` if the codes or the provider's own text say that the prompt does not fit the context window; undefined
 * otherwise. The matched text is read later, together with the size of the window.
 */
export function contextOverflow(words: ErrorWords): ClassMatch | undefined {
  return isContextOverflow({ ...words, text: words.ownText }) ? { class: 'context_length' } : undefined;
}

/** The class `content_filter` if the codes or the provider's own text say so; undefined otherwise. */
export function contentFiltered(words: ErrorWords): ClassMatch | undefined {
  if (hasCode(words.codes, 'content_filter')) return { class: 'content_filter' };
  return matchText(words, CONTENT_FILTERED, { class: 'content_filter' });
}

/** The class `content_filter` if the provider's own text has a word of content filters anywhere; undefined otherwise. */
export function speaksOfContent(words: ErrorWords): ClassMatch | undefined {
  return matchText(words, SPEAKS_OF_CONTENT, { class: 'content_filter' });
}
