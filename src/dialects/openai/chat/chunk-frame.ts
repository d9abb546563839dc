/** Where a chunk's text stands in its delta; the first that is there is taken. */
const TEXTS = ['"content":"', '"reasoning_content":"', '"reasoning":"'] as const;
const DELTA = '"delta":{';
/** OpenAI's padding against who counts bytes on the wire: another text in every chunk. */
const PADDING = '"obfuscation":"';
const QUOTE = '"';
const BACKSLASH = 0x5c;
const LF = '\n';
/** A vendor whose chunks differ so often in a row is not learned from any more. */
const MOST_LESSONS = 32;

/** What the chunks of one stream have in common: all but their text. Texts hold one character a byte. */
export interface ChunkFrame {
  /** Takes the frame of a chunk that was found to go on with the answer and to do nothing else. */
  learn(data: string): void;
  /**
   * Where the events end that stand at `from`, one behind the other, blank lines included, as long as each is the learned chunk with another
   * text in it; `from` if the first is anything else. What is equal to a chunk but inside of a string can say nothing that the chunk did
   * not. Asks for the text only where something was learned.
   */
  follow(text: () => string, from: number): number;
  /** How many bytes of text were followed. */
  textBytes(): number;
}

/** Makes one that has learned nothing. */
export function createChunkFrame(): ChunkFrame {
  /** What stands around the texts. */
  let parts: readonly string[] = [];
  /** What stands between the last text of an event and the first of the next. */
  let joint = '';
  let lessons = 0;
  let bytes = 0;

  /** Where the first text of the event behind the one that ends at `end` begins, if it is one of those that were learned. */
  function nextText(text: string, end: number): number | undefined {
    const [first = ''] = parts;
    return stands(text, first, end) ? end + first.length : undefined;
  }

  return {
    learn(data) {
      if (lessons > MOST_LESSONS) return;
      parts = ++lessons > MOST_LESSONS ? [] : partsOf(data);
      joint = (parts.at(-1) ?? '') + (parts[0] ?? '');
    },
    follow(read, from) {
      const [first] = parts;
      if (first === undefined) return from;
      const text = read();
      const last = parts.length - 1;
      let whole = from;
      let next = nextText(text, from);
      while (next !== undefined) {
        let at = next;
        let said = 0;
        let joined = false;
        for (let index = 1; index <= last; index++) {
          const part = parts[index] ?? '';
          const end = text.indexOf(QUOTE, at);
          // An escaped quote ends no string; a chunk with one is looked at like any other.
          if (end === -1 || text.charCodeAt(end - 1) === BACKSLASH) return whole;
          // Mostly one comparison tells the end of an event and the beginning of the next.
          joined = index === last && stands(text, joint, end);
          if (!joined && !stands(text, part, end)) return whole;
          if (index === 1) said = end - at;
          at = end + part.length;
        }
        // No string of JSON holds a line's end, so this one would be two broken events.
        if (text.indexOf(LF, whole) !== at - 2) return whole;
        lessons = 0;
        bytes += said;
        whole = at;
        next = joined ? at + first.length : nextText(text, at);
      }
      return whole;
    },
    textBytes: () => bytes,
  };
}

/** What `startsWith` tells, in half its time. */
function stands(text: string, part: string, from: number): boolean {
  return text.slice(from, from + part.length) === part;
}

/** Empty where a chunk has no text. */
function partsOf(data: string): readonly string[] {
  const delta = data.indexOf(DELTA);
  if (delta === -1) return [];
  for (const key of TEXTS) {
    const found = data.indexOf(key, delta);
    if (found === -1) continue;
    const start = found + key.length;
    const end = endOfString(data, start);
    const padding = data.indexOf(PADDING, end);
    if (padding === -1) return [`data: ${data.slice(0, start)}`, `${data.slice(end)}\n\n`];
    const padded = padding + PADDING.length;
    return [`data: ${data.slice(0, start)}`, data.slice(end, padded), `${data.slice(endOfString(data, padded))}\n\n`];
  }
  return [];
}

function endOfString(data: string, start: number): number {
  let end = data.indexOf(QUOTE, start);
  while (end !== -1 && data.charCodeAt(end - 1) === BACKSLASH) end = data.indexOf(QUOTE, end + 1);
  return end === -1 ? data.length : end;
}
