import { randomFillSync, randomInt } from 'node:crypto';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = DIGITS.length;
/** Bytes from here on would make the first digits more likely than the others. */
const FIRST_UNEVEN = 256 - (256 % BASE);
/** More bytes than digits: 3 % of them are not used. */
const BYTES_PER_DRAW = 64;

/** A text of so many random digits and letters, each equally likely. `fill` fills a buffer with random bytes; a cryptographic source unless given. */
export function randomBase62(digits: number, fill: (bytes: Buffer) => unknown = randomFillSync): string {
  const bytes = Buffer.alloc(BYTES_PER_DRAW);
  let text = '';
  while (text.length < digits) {
    fill(bytes);
    for (const byte of bytes) if (byte < FIRST_UNEVEN && text.length < digits) text += DIGITS[byte % BASE];
  }
  return text;
}

/** A whole number of at least 0 as digits and letters, with zeros in front of it up to `digits`. */
export function toBase62(value: number, digits: number): string {
  let text = '';
  for (let rest = value; rest > 0; rest = Math.floor(rest / BASE)) text = (DIGITS[rest % BASE] ?? '') + text;
  return text.padStart(digits, '0');
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** A text of so many random small letters, each equally likely. */
export function randomLetters(count: number): string {
  return Array.from({ length: count }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
