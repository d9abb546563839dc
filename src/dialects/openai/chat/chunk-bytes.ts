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

/** A chunk's bytes as the functions below take them, one character per byte. Each search in a Buffer would be a call out of JavaScript. */
export function latin1Of(data: Buffer): string {
  return data.toString('latin1');
}

/**
 * Whether a chunk holds a finish reason, a usage or an error that is not null, so that it must be parsed. Inside a string the keys' quotes
 * would be escaped.
 */
export function needsParsing(chunk: string): boolean {
  return (
    hasValue(chunk, FINISH, (byte) => byte === QUOTE) ||
    hasValue(chunk, USAGE, (byte) => byte === OPEN_BRACE) ||
    hasValue(chunk, ERROR, (byte) => byte !== SMALL_N)
  );
}

/** Whether a chunk holds a choice and no index but 0. An error, a ping or another choice does not. */
export function continuesFirstChoice(chunk: string): boolean {
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

/** Whether a chunk has the key of tool calls. */
export function hasToolCalls(chunk: string): boolean {
  return chunk.includes(TOOL_CALLS);
}

/** Whether bytes begin and end like a JSON object. An event that was cut in the middle must not pass unparsed. */
export function looksComplete(data: Buffer): boolean {
  return data[0] === OPEN_BRACE && data[data.length - 1] === CLOSE_BRACE && (data[1] === QUOTE || data[1] === BLANK);
}

/** Whether the first byte of a value under this key matches. Every occurrence of the key counts: each choice has one. */
function hasValue(chunk: string, key: string, matches: (byte: number) => boolean): boolean {
  for (let at = chunk.indexOf(key); at !== -1; at = chunk.indexOf(key, at)) {
    at += key.length;
    let byte = chunk.charCodeAt(at);
    while (byte === COLON || isBlank(byte)) byte = chunk.charCodeAt(++at);
    if (matches(byte)) return true;
  }
  return false;
}

/** Whether a byte is JSON's white space, of which a provider may write any after a colon. */
function isBlank(byte: number): boolean {
  return byte === BLANK || byte === TAB || byte === LF || byte === CR;
}
