import { parseJson } from '../../../lib/parse-json.ts';

const KEY = Buffer.from('"text":"');
const QUOTE = Buffer.from('"');
const BACKSLASH = 0x5c;
const EMPTY = '""';
/** A shorter text takes less time to parse than to find. */
const MIN_BYTES = 256;

/**
 * Parses the last events of a text, each of which repeats it: `output_text.done`, `content_part.done`, `output_item.done` and `response.completed`. From
 * the second one on the text is compared and left out, because the event is as valid without it.
 */
export class RepeatedText {
  /** The text of the event before with its closing quote, as it stands in JSON. */
  #text: Buffer | undefined;

  /** The value of an event, undefined where it is not JSON. A repeated text is empty in it, and characters beyond ASCII are not decoded. */
  parse(json: Buffer): unknown {
    const key = json.indexOf(KEY);
    const from = key + KEY.length;
    const known = this.#text;
    if (key !== -1 && known !== undefined && repeats(json, known, from))
      return parseJson(json.toString('latin1', 0, from - 1) + EMPTY + json.toString('latin1', from + known.length));
    const value = parseJson(json.toString('latin1'));
    if (key === -1 || value === undefined) return value;
    const end = endOfText(json, from);
    if (end - from >= MIN_BYTES) this.#text = json.subarray(from, end);
    return value;
  }
}

function repeats(json: Buffer, text: Buffer, from: number): boolean {
  const end = from + text.length;
  return end <= json.length && text.compare(json, from, end) === 0;
}

/** The offset after the quote that closes the text at `from` in valid JSON. */
function endOfText(json: Buffer, from: number): number {
  let quote = json.indexOf(QUOTE, from);
  while (isEscaped(json, quote)) quote = json.indexOf(QUOTE, quote + 1);
  return quote + 1;
}

function isEscaped(json: Buffer, at: number): boolean {
  let first = at;
  while (json[first - 1] === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}
