import { countOf } from './count-in-text.ts';
import { hasCode } from './error-codes.ts';
import type { ErrorWords } from './error-words.ts';
import { FIELD_TOO_LONG_CODE } from './wordings/codes.ts';
import { CONTEXT_OVERFLOW } from './wordings/context-overflow.ts';

/** Smaller numbers are not taken for a window: no model in service has one. */
const MIN_WINDOW_TOKENS = 1000;

/** What an error says about a model's context window. */
export interface WindowInText {
  /** The size of the window in tokens, if the error gives a plausible one. */
  readonly tokens: number | undefined;
  /** The part of the text that says so, if no code does or if it gives the size. */
  readonly matchedText: readonly string[];
}

/** Whether an error says that the prompt does not fit the context window. One field that is too long is another problem. */
export function isContextOverflow({ codes, text, upstreamText }: ErrorWords): boolean {
  if (hasCode(codes, 'context_length')) return true;
  if (codes.includes(FIELD_TOO_LONG_CODE)) return false;
  return CONTEXT_OVERFLOW.some((pattern) => pattern.test(text) || pattern.test(upstreamText));
}

/** Reads the size of the window from an error for which `isContextOverflow` holds. */
export function windowInText({ codes, text, upstreamText }: ErrorWords): WindowInText {
  const matches = CONTEXT_OVERFLOW.map((pattern) => pattern.exec(text) ?? pattern.exec(upstreamText)).filter(
    (match) => match !== null,
  );
  const sized = matches.find(([, digits]) => (countOf(digits) ?? 0) >= MIN_WINDOW_TOKENS);
  if (sized !== undefined) return { tokens: countOf(sized[1]), matchedText: [sized[0]] };
  const first = matches.slice(0, 1).map(([phrase]) => phrase);
  return { tokens: undefined, matchedText: hasCode(codes, 'context_length') ? [] : first };
}
