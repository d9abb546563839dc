import { endOfText, isJsonObject } from '../../../lib/json-syntax.ts';
import { matchesAt, MAX_UNUSED_FRAMES } from '../../event-frame.ts';

/** Members that differ from event to event. */
const DELTA = 'delta';
const PADDING = 'obfuscation';
const NUMBER = 'sequence_number';
const ZERO = 0x30;
const NINE = 0x39;

/** What the frame of a stream's deltas has passed. */
export interface FollowedDeltas {
  /** Bytes of text. */
  readonly textBytes: number;
  /** The number of the last event; undefined while there is none. */
  readonly sequenceNumber: number | undefined;
}

/** A member that differs: where its value begins and ends, without the quotes of a string. */
interface Slot {
  readonly kind: 'text' | 'padding' | 'number';
  readonly start: number;
  readonly end: number;
}

/**
 * The frame of a stream's delta events: everything but the text, the padding and the number. An event that differs from a learned one in nothing else
 * continues the same part of the same item, and is as valid. Texts hold one character per byte.
 */
export class DeltaFrame {
  /** What surrounds the slots of an event; empty where nothing is learned. */
  #parts: readonly string[] = [];
  #slots: readonly Slot['kind'][] = [];
  /** What stands between the last slot of an event and the first slot of the next. */
  #joint = '';
  #unusedFrames = 0;
  #textBytes = 0;
  #number: number | undefined;

  /** Learns the frame of an event with its framing, whose data is an object without filled lists and objects. */
  learn(event: string): void {
    if (this.#unusedFrames > MAX_UNUSED_FRAMES) return;
    this.#parts = [];
    if (++this.#unusedFrames > MAX_UNUSED_FRAMES) return;
    const slots = slotsOf(event);
    if (slots === undefined) return;
    let from = 0;
    const parts: string[] = [];
    for (const { start, end } of slots) {
      parts.push(event.slice(from, start));
      from = end;
    }
    parts.push(event.slice(from));
    this.#parts = parts;
    this.#slots = slots.map(({ kind }) => kind);
    this.#joint = (parts.at(-1) ?? '') + (parts[0] ?? '');
  }

  /** The offset at which a run of whole events ends that begins at `from` and matches the frame; `from` itself for none. */
  follow(read: () => string, from: number): number {
    const [first] = this.#parts;
    if (first === undefined) return from;
    const text = read();
    const last = this.#parts.length - 1;
    let followed = from;
    let numberAt = -1;
    let at = matchesAt(text, first, from) ? from + first.length : -1;
    while (at >= 0) {
      let length = 0;
      let number = -1;
      let joined = false;
      for (let index = 0; index < last; index++) {
        const kind = this.#slots[index];
        const end = kind === 'number' ? endOfNumber(text, at) : endOfText(text, at) - 1;
        const part = this.#parts[index + 1] ?? '';
        // In most cases one comparison finds both the end of this event and the beginning of the next.
        joined = end >= 0 && index + 1 === last && matchesAt(text, this.#joint, end);
        if (end < 0 || (!joined && !matchesAt(text, part, end))) return this.#passed(text, followed, numberAt);
        if (kind === 'text') length = end - at;
        else if (kind === 'number') number = at;
        at = end + part.length;
      }
      this.#unusedFrames = 0;
      this.#textBytes += length;
      numberAt = number;
      followed = at;
      if (joined) at += first.length;
      else at = matchesAt(text, first, at) ? at + first.length : -1;
    }
    return this.#passed(text, followed, numberAt);
  }

  get followed(): FollowedDeltas {
    return { textBytes: this.#textBytes, sequenceNumber: this.#number };
  }

  /** Only the number of the run's last event is read. */
  #passed(text: string, end: number, numberAt: number): number {
    if (numberAt >= 0) this.#number = Number(text.slice(numberAt, endOfNumber(text, numberAt)));
    return end;
  }
}

/** The end of the digits at `from`; -1 for none, and for a number with a leading zero. */
function endOfNumber(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at++;
  const length = at - from;
  return length === 0 || (length > 1 && text.charCodeAt(from) === ZERO) ? -1 : at;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** The members of an event that differ, in their order; undefined where they are not what they should be, or occur twice. */
function slotsOf(event: string): readonly Slot[] | undefined {
  const offset = event.indexOf('{');
  const data = event.slice(offset, -2);
  const slots = new Map<string, Slot>();
  const isValid = isJsonObject(data, (keyStart, keyEnd, valueStart) => {
    const key = data.slice(keyStart, keyEnd);
    if (key !== DELTA && key !== PADDING && key !== NUMBER) return true;
    const slot = key === NUMBER ? numberAt(event, offset + valueStart) : textAt(event, offset + valueStart, key);
    if (slot === undefined || slots.has(key)) return false;
    slots.set(key, slot);
    return true;
  });
  return isValid && slots.has(DELTA) ? [...slots.values()] : undefined;
}

function numberAt(event: string, start: number): Slot | undefined {
  const end = endOfNumber(event, start);
  // A fraction or an exponent is none of the API's numbers.
  return end === -1 || /[.eE]/.test(event.charAt(end)) ? undefined : { kind: 'number', start, end };
}

function textAt(event: string, start: number, key: string): Slot | undefined {
  if (event.charAt(start) !== '"') return undefined;
  const end = endOfText(event, start + 1) - 1;
  return end < 0 ? undefined : { kind: key === DELTA ? 'text' : 'padding', start: start + 1, end };
}
