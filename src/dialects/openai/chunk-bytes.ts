const ERROR = Buffer.from('"error"');
const FINISH = Buffer.from('"finish_reason"');
const USAGE = Buffer.from('"usage"');
const INDEX = Buffer.from('"index":');
const TOOL_CALLS = Buffer.from('"tool_calls"');
const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BLANK = 0x20;
const COLON = 0x3a;
const SMALL_N = 0x6e;
const ZERO = 0x30;

/** Whether a chunk's bytes hold a finish reason, a usage or an error that is not null. In a string the quotes would be escaped. */
export function remarkable(data: Buffer): boolean {
  return (
    someValue(data, FINISH, (byte) => byte === QUOTE) ||
    someValue(data, USAGE, (byte) => byte === OPEN_BRACE) ||
    someValue(data, ERROR, (byte) => byte !== SMALL_N)
  );
}

/**
 * Where in a chunk's bytes its first index stands and is 0, which is its choice's; undefined when it is another's, -1 when there is none. It is
 * looked for at `likely` first: the chunks of a stream begin alike.
 */
export function placeOfFirstChoice(data: Buffer, likely: number): number | undefined {
  const at = isAt(data, INDEX, likely) ? likely : data.indexOf(INDEX);
  if (at === -1) return at;
  const end = at + INDEX.length;
  const digit = data[data[end] === BLANK ? end + 1 : end];
  return digit === ZERO ? at : undefined;
}

function isAt(data: Buffer, key: Buffer, at: number): boolean {
  for (let index = 0; index < key.length; index++) if (data[at + index] !== key[index]) return false;
  return true;
}

/** Whether a chunk's bytes speak of tool calls. */
export function hasToolCalls(data: Buffer): boolean {
  return data.includes(TOOL_CALLS);
}

/** Whether bytes begin and end as an object does: what was cut in the middle must not pass unread. */
export function looksWhole(data: Buffer): boolean {
  return data[0] === OPEN_BRACE && data[data.length - 1] === CLOSE_BRACE && (data[1] === QUOTE || data[1] === BLANK);
}

/** Whether the first byte of some value under this key is such a one. Every place of the key counts: choices have one each. */
function someValue(data: Buffer, key: Buffer, such: (byte: number | undefined) => boolean): boolean {
  for (let at = data.indexOf(key); at !== -1; at = data.indexOf(key, at)) {
    at += key.length;
    while (data[at] === COLON || data[at] === BLANK) at++;
    if (such(data[at])) return true;
  }
  return false;
}
