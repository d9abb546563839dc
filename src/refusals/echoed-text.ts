/** Quotation marks, each with the one that closes it. */
const CLOSED_BY: Readonly<Record<string, string>> = { '`': '`', "'": "'", '"': '"', '“': '”', '‘': '’', '«': '»' };
const ADDRESS = /https?:\/\/[^\s"'`<>)\]]*/y;
/** A name of the vendor's own, as in "`inputs` tokens + `max_new_tokens`"; no phrase is so short. */
const NAME = /^\w{1,40}$/;

/**
 * A text without what its writer may have had from somebody else: what stands in quotation marks, addresses, and objects in braces are filled
 * with underscores, so that every other character keeps its place and a name in quotes stays one word. A name in backticks stays as it is. An apostrophe
 * within a word is no quotation mark, nor is one that is never closed. Takes time in proportion to the text.
 */
export function withoutEchoes(text: string): string {
  const unclosed = new Set<string>();
  let out = '';
  let at = 0;
  while (at < text.length) {
    const mark = text.charAt(at);
    const end = unclosed.has(mark) ? undefined : endOf(text, at);
    if (end === undefined) {
      // What has no end from here has none from any later place.
      if (mark in CLOSED_BY && isOpening(text, at)) unclosed.add(mark);
      out += mark;
      at++;
    } else {
      out += filled(text.slice(at, end));
      at = end;
    }
  }
  return out;
}

/** Where what begins here and is somebody else's ends; undefined where nothing does. */
function endOf(text: string, at: number): number | undefined {
  const mark = text.charAt(at);
  if (mark === '{') return objectEnd(text, at);
  if (mark === 'h') {
    ADDRESS.lastIndex = at;
    return ADDRESS.test(text) ? ADDRESS.lastIndex : undefined;
  }
  const closing = CLOSED_BY[mark];
  return closing === undefined || !isOpening(text, at) ? undefined : quoteEnd(text, at + 1, closing);
}

function quoteEnd(text: string, from: number, closing: string): number | undefined {
  for (let end = text.indexOf(closing, from); end >= 0; end = text.indexOf(closing, end + 1))
    if (text[end - 1] !== '\\' && (!isApostrophe(closing) || !isLetter(text[end + 1]))) return end + 1;
  return undefined;
}

function isOpening(text: string, at: number): boolean {
  return !isApostrophe(text.charAt(at)) || !isLetter(text[at - 1]);
}

/** An object that was cut goes on to the end. */
function objectEnd(text: string, at: number): number {
  let depth = 0;
  for (let end = at; end < text.length; end++) {
    if (text[end] === '{') depth++;
    else if (text[end] === '}' && --depth === 0) return end + 1;
  }
  return text.length;
}

function filled(span: string): string {
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
