/** Marks the end of a text that was cut. */
const ELLIPSIS = '…';
const ELLIPSIS_BYTES = Buffer.byteLength(ELLIPSIS);
/** A cut text ends behind a whole word, unless its last word is longer, in characters. */
const LONGEST_WORD = 64;

/**
 * A text in at most `maxBytes` bytes of UTF-8, at least 3. A longer one is cut between two characters, behind a whole word where one ends
 * near, and ends in `…`. Costs no more for a long text than for a short one.
 */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  // A code unit has at least one byte.
  if (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text.slice(0, maxBytes));
  let end = maxBytes - ELLIPSIS_BYTES;
  while (end > 0 && isContinuation(bytes[end])) end--;
  const cut = bytes.toString('utf8', 0, end);
  const blank = cut.slice(-LONGEST_WORD - 1).search(/\s\S*$/);
  const kept = blank === -1 ? cut : cut.slice(0, Math.max(0, cut.length - LONGEST_WORD - 1) + blank);
  return `${kept.trimEnd()}${ELLIPSIS}`;
}

/** Whether a byte of UTF-8 is within a character. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
