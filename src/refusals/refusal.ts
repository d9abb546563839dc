import type { Reading, ReadingClass } from '../domain/reading.ts';
import type { ReportedError } from '../domain/provider-error.ts';
import { isContextOverflow } from './context-window.ts';
import { FILTER_CODE, FILTER_TEXT } from './phrases.ts';
import type { Spent } from './limit-in-words.ts';
import { spanOf, type Words } from './error-words.ts';

/** A refusal as it is classified. */
export interface Refusal {
  readonly status: number;
  readonly error: ReportedError;
  readonly words: Words;
  readonly spent: Spent;
  /** Whether its body is no JSON, but a page or a line of some proxy's on the way. */
  readonly page: boolean;
  /** Whether it says when to come back. */
  readonly hinted: boolean;
}

/** A class that was found; its scope where it is not the usual one of its class, and the words that it was found by. */
export interface Found {
  readonly class: ReadingClass;
  readonly scope?: Reading['scope'] | undefined;
  readonly words?: readonly string[] | undefined;
}

/** What a pattern finds in an error's own words, undefined where it finds nothing. */
export function byText(words: Words, pattern: RegExp, found: Found): Found | undefined {
  const span = spanOf(pattern, words);
  return span === undefined ? undefined : { ...found, words: [span] };
}

/** Whether a vendor's own words say that a prompt does not fit the model's window. Which words they are is told with the window that they tell. */
export function overflow(words: Words): Found | undefined {
  return isContextOverflow({ ...words, text: words.said }) ? { class: 'context_length' } : undefined;
}

/** What says that a request was filtered, undefined where nothing does. */
export function filtered(words: Words): Found | undefined {
  if (FILTER_CODE.test(words.codes)) return { class: 'content_filter' };
  return byText(words, FILTER_TEXT, { class: 'content_filter' });
}
