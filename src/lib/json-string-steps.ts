import { parseJson } from './parse-json.ts';
import type { Steps } from './steps.ts';
import { BACKSLASH, QUOTE, SMALL_U } from './json-codes.ts';

/** So many bytes are read in one step. */
const STEP_BYTES = 64 * 1024;

/** The offset after the closing quote of the JSON string that begins at `start`, in steps of a few milliseconds; undefined where it does not end. */
export function* endOfStringSteps(bytes: Buffer, start: number): Steps<number | undefined> {
  let pauseAt = start + STEP_BYTES;
  for (let quote = bytes.indexOf(QUOTE, start + 1); quote !== -1; quote = bytes.indexOf(QUOTE, quote + 1)) {
    if (!isEscaped(bytes, quote)) return quote + 1;
    if (quote < pauseAt) continue;
    pauseAt = quote + STEP_BYTES;
    yield;
  }
  return undefined;
}

/** Reads the JSON string whose quotes are at `start` and before `end`, in steps of a few milliseconds; undefined where it is none. */
export function* stringSteps(bytes: Buffer, start: number, end: number): Steps<string | undefined> {
  const parts: string[] = [];
  const last = end - 1;
  for (let at = start + 1; at < last;) {
    const cut = Math.min(last, endOfPart(bytes, at + STEP_BYTES, last));
    const part = parseJson(`"${bytes.toString('utf8', at, cut)}"`);
    if (typeof part !== 'string') return undefined;
    parts.push(part);
    at = cut;
    yield;
  }
  // Joined at once: a string that grows part by part is flattened at its first use, which takes several times as long.
  const value = parts.join('');
  yield;
  return value;
}

/** Whether a byte of a string is escaped: behind an odd number of backslashes. */
function isEscaped(bytes: Buffer, at: number): boolean {
  let slash = at - 1;
  while (bytes[slash] === BACKSLASH) slash--;
  return (at - 1 - slash) % 2 === 1;
}

/** The next offset from `at` on at which a string can be cut: within no character and no escape. */
function endOfPart(bytes: Buffer, at: number, last: number): number {
  let cut = at;
  while (cut < last && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut++;
  for (let back = 1; back < 5; back++) {
    if (bytes[cut - back] === SMALL_U && isEscaped(bytes, cut - back)) return cut - back + 5;
  }
  return isEscaped(bytes, cut) ? cut + (bytes[cut] === SMALL_U ? 5 : 1) : cut;
}
