const ERROR = Buffer.from('"error"');
const FINISH = Buffer.from('"finish_reason"');
const USAGE = Buffer.from('"usage"');
const CHOICES = Buffer.from('"choices"');
const INDEX = Buffer.from('"index":');
const TOOL_CALLS = Buffer.from('"tool_calls"');
const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BLANK = 0x20;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
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
 * Makes a test whether a chunk's bytes hold a choice and no index but 0; who sends an error, a ping or another choice does not pass it.
 * Keys are looked for where they stood last: the chunks of a stream begin alike.
 */
export function createFirstChoiceTest(): (data: Buffer) => boolean {
  let choices = -1;
  let index = -1;
  return (data) => {
    choices = placeOf(data, CHOICES, choices);
    index = placeOf(data, INDEX, index);
    if (choices === -1 || index < choices) return false;
    for (let at = index; at !== -1; at = data.indexOf(INDEX, at)) {
      at += INDEX.length;
      while (isBlank(data[at])) at++;
      if (data[at] !== ZERO) return false;
    }
    return true;
  };
}

function placeOf(data: Buffer, key: Buffer, likely: number): number {
  return isAt(data, key, likely) ? likely : data.indexOf(key);
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
    while (data[at] === COLON || isBlank(data[at])) at++;
    if (such(data[at])) return true;
  }
  return false;
}

/** Of JSON: vendors may write any of them after a colon. */
function isBlank(byte: number | undefined): boolean {
  return byte === BLANK || byte === TAB || byte === LF || byte === CR;
}
