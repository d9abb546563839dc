import { endOfString, endOfText } from '../lib/json-syntax.ts';

/** Where the events of an API have their text. */
export interface FrameForm {
  /** What stands before the JSON of an event: `data: `, or an `event:` line with it. */
  readonly head: string;
  /** Keys of the text in a delta, as `"KEY":"`. The first that occurs is used. */
  readonly textKeys: readonly string[];
  /** An event with this behind the delta's beginning is not learned, because one that is the same twice would pass unread; none unless given. */
  readonly refused?: string | undefined;
}

const DELTA = '"delta":{';
/** OpenAI's padding against an observer that counts bytes on the wire: a different text in every chunk of chat. */
const PADDING = '"obfuscation":"';
/** After this many frames in a row that no event matched, the provider's events differ too often and no more are learned. */
export const MAX_UNUSED_FRAMES = 32;

const NO_BYTES: Readonly<Record<string, number>> = Object.freeze({});

/** The frame of one stream's events: everything but their text. Strings hold one character per byte. */
export interface EventFrame {
  /**
   * Learns the frame of an event, whose JSON is valid, continues the answer and does nothing else. False once the provider's events differ too
   * often: no more are learned.
   */
  learn(data: string): boolean;
  /** Whether events have passed that were not learned. */
  gaveUp(): boolean;
  /**
   * The offset at which a run of whole events ends that begins at `from`, where each event is the learned one with another text; `from`
   * itself where the first event is anything else. An event that differs from the learned one only inside a string has no other effect than
   * the learned one had, and is as valid. Calls `text()` only when a frame is known.
   */
  follow(text: () => string, from: number): number;
  /** Bytes of text in the events that were followed. */
  textBytes(): number;
  /** The same by the key of the text; the same empty object while there are none. */
  bytesByKey(): Readonly<Record<string, number>>;
}

/** Makes a frame that has learned nothing. One per stream. */
export function createEventFrame(form: FrameForm): EventFrame {
  /** What surrounds the texts of an event; empty where nothing is learned. */
  let parts: readonly string[] = [];
  /** What stands between the last text of an event and the first text of the next. */
  let joint = '';
  let unusedFrames = 0;
  let bytes = 0;
  /** Key of the learned event's text. */
  let key = '';
  /** Bytes of the frames before the learned one, by key and altogether. */
  let before: Readonly<Record<string, number>> = NO_BYTES;
  let bytesBefore = 0;
  let gaveUp = false;

  /** Offset of the first text of an event that begins at `start`; undefined where the event does not begin like the learned one. */
  function firstText(text: string, start: number): number | undefined {
    const [first = ''] = parts;
    return matchesAt(text, first, start) ? start + first.length : undefined;
  }

  function byKey(): Readonly<Record<string, number>> {
    return bytes === bytesBefore ? before : { ...before, [key]: (before[key] ?? 0) + bytes - bytesBefore };
  }

  return {
    learn(data) {
      if (unusedFrames > MAX_UNUSED_FRAMES) {
        gaveUp = true;
        return false;
      }
      before = byKey();
      bytesBefore = bytes;
      parts = ++unusedFrames > MAX_UNUSED_FRAMES ? [] : partsOf(data, form);
      key = form.textKeys.find((each) => parts[0]?.endsWith(each))?.slice(1, -3) ?? '';
      joint = (parts.at(-1) ?? '') + (parts[0] ?? '');
      return true;
    },
    gaveUp: () => gaveUp,
    follow(read, from) {
      const [first] = parts;
      if (first === undefined) return from;
      const text = read();
      const last = parts.length - 1;
      /** End of the last whole event. */
      let followed = from;
      let next = firstText(text, from);
      while (next !== undefined) {
        let at = next;
        let length = 0;
        let joined = false;
        for (let index = 1; index <= last; index++) {
          const part = parts[index] ?? '';
          const end = endOfText(text, at) - 1;
          if (end < 0) return followed;
          // In most cases one comparison finds both the end of this event and the beginning of the next.
          joined = index === last && matchesAt(text, joint, end);
          if (!joined && !matchesAt(text, part, end)) return followed;
          if (index === 1) length = end - at;
          at = end + part.length;
        }
        unusedFrames = 0;
        bytes += length;
        followed = at;
        next = joined ? at + first.length : firstText(text, at);
      }
      return followed;
    },
    textBytes: () => bytes,
    bytesByKey: byKey,
  };
}

/** The same as `startsWith` with an offset, in half the time. */
export function matchesAt(text: string, part: string, from: number): boolean {
  return text.slice(from, from + part.length) === part;
}

/** What surrounds an event's text and its padding; empty where the event has no text. */
function partsOf(data: string, { head, textKeys, refused }: FrameForm): readonly string[] {
  const delta = data.indexOf(DELTA);
  if (delta === -1 || (refused !== undefined && data.includes(refused, delta))) return [];
  for (const key of textKeys) {
    const found = data.indexOf(key, delta);
    if (found === -1) continue;
    const start = found + key.length;
    const end = endOfString(data, start) - 1;
    const padding = data.indexOf(PADDING, end);
    if (padding === -1) return [head + data.slice(0, start), `${data.slice(end)}\n\n`];
    const padded = padding + PADDING.length;
    const rest = data.slice(endOfString(data, padded) - 1);
    return [head + data.slice(0, start), data.slice(end, padded), `${rest}\n\n`];
  }
  return [];
}
