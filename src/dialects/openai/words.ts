import type { ReportedError } from '../../domain/vendor-error.ts';
import { withoutEchoes } from './echoes.ts';

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

/** The part of a sentence that something matches in. */
export function clauseOf(pattern: RegExp, { text }: Pick<Words, 'text'>): string | undefined {
  return text
    .split(/[.,;:'"`()\n]+/)
    .find((part) => pattern.test(part))
    ?.trim();
}

/** The shortest stretch of a text of which a test is still true, and the number that follows it; undefined where it is not true of the text. */
export function stretchOf(text: string, holds: (part: string) => boolean): string | undefined {
  if (!holds(text)) return undefined;
  const end = least(text.length, (length) => holds(text.slice(0, length)));
  const start = end - least(end, (length) => holds(text.slice(end - length, end)));
  const [number = ''] = /^ ?(?:is|of|:)? ?\(?\d[\d,_]*/.exec(text.slice(end)) ?? [];
  return (text.slice(start, end) + number).trim();
}

/** The least number up to `most` that is enough, where `most` is and every larger one is. */
function least(most: number, enough: (number: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (enough(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

/** Reads a whole number that may have separators; undefined for what counts nothing. */
export function countIn(digits: string | null | undefined): number | undefined {
  const number = Number(digits?.replaceAll(/[,_]/g, '') || Number.NaN);
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
