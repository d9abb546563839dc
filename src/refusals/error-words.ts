import type { ReportedError } from '../domain/provider-error.ts';
import { withoutEchoes } from './echoed-text.ts';

/** An error as its rules read it: in lower case, and no longer than can be read at once. */
export interface Words {
  /** Its type, its code and what its vendor keeps beside it. */
  readonly codes: string;
  readonly text: string;
  /** The text without what it may have from the caller, each character in its place. */
  readonly said: string;
  /** The same as the text of whoever the vendor asked himself. */
  readonly passedOn: string;
}

/** More characters of an error are not read for what they say. */
const LONGEST_TEXT = 4096;
const LONGEST_CODES = 512;

/** The words of an error. */
export function wordsOf(error: ReportedError): Words {
  const text = error.message.slice(0, LONGEST_TEXT).toLowerCase();
  return {
    codes: [error.type, error.code, error.detail].map((each) => each?.slice(0, LONGEST_CODES).toLowerCase()).join(' '),
    text,
    said: withoutEchoes(text),
    passedOn: error.extras?.passedOn.toLowerCase() ?? '',
  };
}

/** What of an error's own words matches, as it stands in the text, trimmed; undefined where nothing does. */
export function spanOf(pattern: RegExp, { text, said }: Pick<Words, 'text' | 'said'>): string | undefined {
  const match = pattern.exec(said);
  return match === null ? undefined : text.slice(match.index, match.index + match[0].length).trim();
}

/** Reads a whole number that may have separators; undefined for what counts nothing. */
export function countIn(digits: string | null | undefined): number | undefined {
  const number = Number(digits?.replaceAll(/[,_]/g, '') || Number.NaN);
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
