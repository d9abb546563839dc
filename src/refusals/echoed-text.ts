/** Quotation marks, each with the one that closes it. */
const CLOSED_BY: Readonly<Record<string, string>> = { '`': '`', "'": "'", '"': '"', '“': '”', '‘': '’', '«': '»' };
const URL_TEXT = /https?:\/\/[^\s"'`<>)\]]*/y;
/** A name in backticks, as in "`inputs` tokens + `max_new_tokens`"; every phrase that the rules match is longer. */
const NAME = /^\w{1,40}$/;

/**
 * Masks the parts of an error text that may echo the request: quoted text, URLs, and objects in braces. They are filled with underscores, so
 * that every other character keeps its index and a quoted name remains one word. A name in backticks is kept. An apostrophe within a word
 * is no quotation mark, nor is a mark that is never closed. Linear in the text.
 */
export function withoutEchoedText(text: string): string {
  const unclosed = new Set<string>();
  let out = '';
  let at = 0;
  while (at < text.length) {
    const mark = text.charAt(at);
    const end = unclosed.has(mark) ? undefined : endOfEcho(text, at);
    if (end === undefined) {
      // A mark that is not closed from here on is not closed from a later place either.
      if (mark in CLOSED_BY && isOpening(text, at)) unclosed.add(mark);
      out += mark;
      at++;
    } else {
      out += mask(text.slice(at, end));
      at = end;
    }
  }
  return out;
}

/** The end of the echoed part that begins at this index; undefined if none begins there. */
function endOfEcho(text: string, at: number): number | undefined {
  const mark = text.charAt(at);
  if (mark === '{') return endOfObject(text, at);
  if (mark === 'h') {
    URL_TEXT.lastIndex = at;
    return URL_TEXT.test(text) ? URL_TEXT.lastIndex : undefined;
  }
  const closing = CLOSED_BY[mark];
  return closing === undefined || !isOpening(text, at) ? undefined : endOfQuote(text, at + 1, closing);
}

function endOfQuote(text: string, from: number, closing: string): number | undefined {
  for (let end = text.indexOf(closing, from); end >= 0; end = text.indexOf(closing, end + 1))
    if (text[end - 1] !== '\\' && (!isApostrophe(closing) || !isLetter(text[end + 1]))) return end + 1;
  return undefined;
}

function isOpening(text: string, at: number): boolean {
  return !isApostrophe(text.charAt(at)) || !isLetter(text[at - 1]);
}

/** A truncated object extends to the end of the text. */
function endOfObject(text: string, at: number): number {
  let depth = 0;
  for (let end = at; end < text.length; end++) {
    if (text[end] === '{') depth++;
    else if (text[end] === '}' && --depth === 0) return end + 1;
  }
  return text.length;
}

function mask(span: string): string {
  const inner = span.slice(1, -1);
  const mark = span.charAt(0);
  if (mark === '`' && NAME.test(inner)) return span;
  return mark in CLOSED_BY ? mark + '_'.repeat(inner.length) + span.slice(-1) : '_'.repeat(span.length);
}

function isApostrophe(mark: string): boolean {
  return mark === "'" || mark === '’' || mark === '‘';
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}
