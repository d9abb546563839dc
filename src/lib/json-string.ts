import { BACKSLASH, QUOTE, SMALL_U, SPACE } from './json-codes.ts';

/** By byte: 1 for what stands in a string of JSON for itself. */
export const PLAIN = new Uint8Array(256)
  .fill(1, SPACE)
  .fill(0, QUOTE, QUOTE + 1)
  .fill(0, BACKSLASH, BACKSLASH + 1);
/** By byte: 1 for what may follow a backslash, except the `u`. */
export const ESCAPED = tableOf('"\\/bfnrt');
/** By byte: 1 for hexadecimal digits. */
export const HEX = tableOf('0123456789abcdefABCDEF');

function tableOf(bytes: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(bytes)) table[byte] = 1;
  return table;
}

/** An index in the string that holds `from`, after bytes that all stand for themselves. Reads eight at a time, so it may stop early. */
export function skipPlain(bytes: DataView, from: number): number {
  let at = from;
  for (const last = bytes.byteLength - 8; at <= last; at += 8)
    if ((suspicious(bytes.getInt32(at)) | suspicious(bytes.getInt32(at + 4))) !== 0) break;
  return at;
}

/** Not 0 where one of the four bytes of a word is below a space, a quote or a backslash; may be so for other words too. */
function suspicious(word: number): number {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  const control = (word - 0x20202020) & ~word;
  return (control | ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash)) & 0x80808080;
}

/** Bytes of the escape whose backslash is here; 0 where it is none, or not wholly in the piece. */
export function lengthOfEscape(piece: Uint8Array, at: number): number {
  const letter = piece[at + 1] ?? 0;
  if (ESCAPED[letter] === 1) return 2;
  if (letter !== SMALL_U || at + 5 >= piece.length) return 0;
  for (let digit = at + 2; digit < at + 6; digit++) if (HEX[piece[digit] ?? 0] !== 1) return 0;
  return 6;
}
