import type { ReportedError } from '../domain/provider-error.ts';
import { withoutEchoedText } from './echoed-text.ts';

/** The codes and texts of an error as the rules match them: in lower case and of limited length. */
export interface ErrorWords {
  /** Its type, its code and its detail, joined by spaces. */
  readonly codes: string;
  readonly text: string;
  /** The text with everything that may echo the request masked; every other character keeps its index. */
  readonly ownText: string;
  /** The error text of the server behind the provider, if the provider passes it on. */
  readonly upstreamText: string;
}

/** Only so many characters of a text are matched. */
const MAX_TEXT = 4096;
const MAX_CODE = 512;

/** The words of an error. */
export function errorWords(error: ReportedError): ErrorWords {
  const text = error.message.slice(0, MAX_TEXT).toLowerCase();
  return {
    codes: [error.type, error.code, error.detail].map((each) => each?.slice(0, MAX_CODE).toLowerCase()).join(' '),
    text,
    ownText: withoutEchoedText(text),
    upstreamText: error.extras?.upstreamText.toLowerCase() ?? '',
  };
}

/** The part of the text that a pattern matches in the provider's own text, trimmed; undefined without a match. */
export function matchOwnText(
  pattern: RegExp,
  { text, ownText }: Pick<ErrorWords, 'text' | 'ownText'>,
): string | undefined {
  const match = pattern.exec(ownText);
  return match === null ? undefined : text.slice(match.index, match.index + match[0].length).trim();
}

/** Parses a whole number that may have separators; undefined if it is not one or is negative. */
export function parseCount(digits: string | null | undefined): number | undefined {
  const number = Number(digits?.replaceAll(/[,_]/g, '') || Number.NaN);
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
