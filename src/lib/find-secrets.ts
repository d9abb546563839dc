import { base64Needles, GRAM, hexNeedle, plainNeedle, SHORTEST_ENCODED, SHORTEST_START } from './secret-needles.ts';
import { createFindPieces, type TextRange } from './secret-pieces.ts';
import { only, type TextView, viewsOf } from './text-views.ts';

/** Shorter values are not secrets. */
const SHORTEST_SECRET = 4;
/** Base64 in its two alphabets, and hexadecimal numbers. Other characters may stand between: line breaks, and colons between bytes. */
const ENCODED = /[\w+/-]+/g;

/**
 * Makes the search for secrets in a text. It finds, as ranges of the text:
 * - a secret of 8 characters or more, in any letter case;
 * - its first 8 characters or more, and any other piece of at least 12 characters, or of half of the secret but at least 8. A piece that is
 *   shorter than half and reads like words is none;
 * - a secret of 4 to 7 characters where it stands alone;
 * - all of these with escapes of JSON, of URIs and of HTML, also within each other, and except for those of 4 and 5 characters in base64 of
 *   either alphabet, at any place of a larger text, and in hexadecimal digits.
 *
 * The last 7 characters of a secret alone stay. Linear in the text; each secret costs some memory.
 */
export function createFindSecrets(secrets: readonly string[]): (text: string) => readonly TextRange[] {
  const known = [...new Set(secrets)].filter(({ length }) => length >= SHORTEST_SECRET);
  const short = known.filter(({ length }) => length < SHORTEST_START);
  const long = known.filter(({ length }) => length >= SHORTEST_START);
  const encoded = known.map((secret) => Buffer.from(secret)).filter(({ length }) => length >= SHORTEST_ENCODED);
  const findPlain = createFindPieces(long.map(plainNeedle), { gram: GRAM.plain, anyCase: true });
  const findBase64 = createFindPieces(encoded.flatMap(base64Needles), { gram: GRAM.base64, anyCase: false });
  const findHex = createFindPieces(encoded.map(hexNeedle), { gram: GRAM.hex, anyCase: true });
  if (known.length === 0) return () => [];

  return (text) =>
    viewsOf(text).flatMap((view) => {
      const compact = only(view, ENCODED);
      const standard = compact.text.replaceAll('-', '+').replaceAll('_', '/');
      return [
        ...inOriginal(view, findPlain(view.text)),
        ...inOriginal(
          view,
          short.flatMap((secret) => findAlone(view.text, secret)),
        ),
        ...inOriginal(
          compact,
          findBase64(standard).map((range) => withNeighbours(withoutStray(range, compact), compact)),
        ),
        ...inOriginal(
          compact,
          findHex(compact.text).map((range) => withoutStray(range, compact)),
        ),
      ];
    });
}

function inOriginal({ startOf, endOf }: TextView, ranges: readonly TextRange[]): TextRange[] {
  return ranges.map(({ start, end }) => ({ start: startOf(start), end: endOf(end - 1) }));
}

/** Without a character at either end that other text separates from the rest: it is the neighbouring word's, and fits by chance. */
function withoutStray({ start, end }: TextRange, view: TextView): TextRange {
  return { start: isJoined(start, view) ? start : start + 1, end: isJoined(end - 2, view) ? end : end - 1 };
}

/** Whether a character of a view and the next one stand side by side in the original. */
function isJoined(at: number, { startOf, endOf }: TextView): boolean {
  return endOf(at) === startOf(at + 1);
}

/** The last of several bytes is partly in a character that it shares with the next one, and so is the first. */
function withNeighbours({ start, end }: TextRange, view: TextView): TextRange {
  return {
    start: start > 0 && isJoined(start - 1, view) ? start - 1 : start,
    end: end < view.text.length && isJoined(end - 1, view) ? end + 1 : end,
  };
}

function findAlone(text: string, secret: string): TextRange[] {
  const found: TextRange[] = [];
  for (let start = text.indexOf(secret); start !== -1; start = text.indexOf(secret, start + secret.length)) {
    const end = start + secret.length;
    if (!IN_WORD.test(text.charAt(start - 1)) && !IN_WORD.test(text.charAt(end))) found.push({ start, end });
  }
  return found;
}

const IN_WORD = /[\w-]/;
