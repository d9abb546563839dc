const ERROR = '"error"';
const FINISH = '"finish_reason"';
const USAGE = '"usage"';
const CHOICES = '"choices"';
const INDEX = '"index":';
const TOOL_CALLS = '"tool_calls"';
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

/** A chunk's bytes as the functions below look at them, one character a byte: each search in a buffer would cost a call out of JavaScript. */
export function lookAt(data: Buffer): string {
  return data.toString('latin1');
}

/** Whether a chunk holds a finish reason, a usage or an error that is not null. In a string the quotes would be escaped. */
export function remarkable(chunk: string): boolean {
  return (
    someValue(chunk, FINISH, (byte) => byte === QUOTE) ||
    someValue(chunk, USAGE, (byte) => byte === OPEN_BRACE) ||
    someValue(chunk, ERROR, (byte) => byte !== SMALL_N)
  );
}

/** Whether a chunk holds a choice and no index but 0: who sends an error, a ping or another choice does not. */
export function goesOnWithFirstChoice(chunk: string): boolean {
  const choices = chunk.indexOf(CHOICES);
  let at = choices === -1 ? -1 : chunk.indexOf(INDEX);
  if (at < choices || at === -1) return false;
  for (; at !== -1; at = chunk.indexOf(INDEX, at)) {
    at += INDEX.length;
    while (isBlank(chunk.charCodeAt(at))) at++;
    if (chunk.charCodeAt(at) !== ZERO) return false;
  }
  return true;
}

/** Whether a chunk speaks of tool calls. */
export function hasToolCalls(chunk: string): boolean {
  return chunk.includes(TOOL_CALLS);
}

/** Whether bytes begin and end as an object does: what was cut in the middle must not pass unread. */
export function looksWhole(data: Buffer): boolean {
  return data[0] === OPEN_BRACE && data[data.length - 1] === CLOSE_BRACE && (data[1] === QUOTE || data[1] === BLANK);
}

/** Whether the first byte of some value under this key is such a one. Every place of the key counts: choices have one each. */
function someValue(chunk: string, key: string, such: (byte: number) => boolean): boolean {
  for (let at = chunk.indexOf(key); at !== -1; at = chunk.indexOf(key, at)) {
    at += key.length;
    let byte = chunk.charCodeAt(at);
    while (byte === COLON || isBlank(byte)) byte = chunk.charCodeAt(++at);
    if (such(byte)) return true;
  }
  return false;
}

/** Of JSON: vendors may write any of them after a colon. */
function isBlank(byte: number): boolean {
  return byte === BLANK || byte === TAB || byte === LF || byte === CR;
}
