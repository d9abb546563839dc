import { isRecord } from '../../lib/record.ts';
import { REDACTED } from '../../lib/secret-values.ts';
import type { BodyRedactor } from './redactor.ts';

/** A string in an event, which can be replaced. */
interface Slot {
  readonly event: ReadEvent;
  /** Of the member whose value it is; undefined for an element of an array. */
  readonly name: string | undefined;
  readonly holder: Holder;
  readonly key: string;
}

/** An array or a record. */
type Holder = Record<string, unknown>;

/** One event of a stream. */
interface ReadEvent {
  /** Its lines before `data:`. */
  readonly head: string;
  /** As it was sent. */
  readonly data: string;
  /** Undefined for what is no JSON. */
  readonly value: unknown;
  changed: boolean;
}

const DATA = 'data: ';

/**
 * Redacts whole events in LF framing, each of which has one `data:` line. What is spread over the events of one text is found too: strings in the same
 * place of events are read as one text. Events without anything to redact stay byte for byte.
 */
export function redactEvents(text: string, redactor: BodyRedactor): readonly string[] {
  const events = text
    .split('\n\n')
    .filter((event) => event !== '')
    .map(readEvent);
  const places = new Map<string, Slot[]>();
  for (const event of events) collect(event, places);
  for (const slots of places.values()) redactSlots(slots, redactor);
  return events.map(({ head, data, value, changed }) => `${head}${DATA}${changed ? JSON.stringify(value) : data}\n\n`);
}

function readEvent(text: string): ReadEvent {
  const lines = text.split('\n');
  const data = lines.filter(isData).map((line) => line.slice('data:'.length).trim());
  const head = lines.filter((line) => !isData(line)).map((line) => `${line}\n`);
  return { head: head.join(''), data: data.join(''), value: valueOf(data.join('')), changed: false };
}

function isData(line: string): boolean {
  return line.startsWith('data:');
}

function valueOf(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** Notes each string of an event by its place. */
function collect(event: ReadEvent, places: Map<string, Slot[]>): void {
  // Members of one name are distinct in events of different types.
  const type = isRecord(event.value) ? String(event.value['type']) : '';
  walk(event.value, type, (place, slot) => {
    const slots = places.get(place);
    if (slots === undefined) places.set(place, [{ event, ...slot }]);
    else slots.push({ event, ...slot });
  });
}

/** Visits the strings of a value. `place`: the names on the way, with the numbers that events give to their parts (`index`, `output_index`). */
function walk(value: unknown, place: string, visit: (place: string, slot: Omit<Slot, 'event'>) => void): void {
  const isArray = Array.isArray(value);
  if (!isRecord(value) && !isArray) return;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an array has its elements by the texts of their numbers, too
  const holder = value as Holder;
  const own = isArray ? place : place + indexesOf(holder);
  for (const [key, member] of Object.entries(holder)) {
    const below = isArray && isRecord(member) && 'index' in member ? `${own}[]` : `${own}/${key}`;
    if (typeof member === 'string') visit(below, { name: isArray ? undefined : key, holder, key });
    else walk(member, below, visit);
  }
}

function indexesOf(value: Readonly<Record<string, unknown>>): string {
  let indexes = '';
  for (const [name, member] of Object.entries(value))
    if (typeof member === 'number' && name.endsWith('index')) indexes += `#${name}=${member}`;
  return indexes;
}

/**
 * Redacts the strings of one place: first as one text, of which a piece alone may look like something else, and then each by itself, because several
 * whole texts side by side may hide what they are.
 */
function redactSlots(slots: readonly Slot[], redactor: BodyRedactor): void {
  const texts = slots.map(textOf);
  // The same text in each event is an id or a name, and no part of a longer one.
  if (texts.some((text) => text !== texts[0])) {
    const whole = texts.join('');
    const clean = redactor.redact(whole);
    if (clean !== whole)
      for (const [index, part] of distribute(
        whole,
        clean,
        texts.map(({ length }) => length),
      ).entries())
        replace(slots[index], part);
  }
  for (const slot of slots) replace(slot, redactor.redact(textOf(slot), slot.name));
}

function textOf({ holder, key }: Slot): string {
  return String(holder[key]);
}

function replace(slot: Slot | undefined, text: string): void {
  if (slot === undefined || text === textOf(slot)) return;
  slot.holder[slot.key] = text;
  slot.event.changed = true;
}

/** Cuts a redacted text into parts, so that what stays is in the part in which it was. Each part only has text of `clean`. */
function distribute(whole: string, clean: string, lengths: readonly number[]): readonly string[] {
  const ends: number[] = [];
  for (const length of lengths) ends.push((ends.at(-1) ?? 0) + length);
  const parts = lengths.map(() => '');
  let part = 0;
  let at = 0;
  const put = (text: string): void => {
    while (part < ends.length - 1 && at >= (ends[part] ?? 0)) part++;
    parts[part] += text;
  };
  for (const [index, kept] of clean.split(REDACTED).entries()) {
    if (index > 0) put(REDACTED);
    const found = kept === '' ? at : whole.indexOf(kept, at);
    // What is not found was moved, which no redaction does; it is put where the text is at present.
    if (found === -1) {
      put(kept);
      continue;
    }
    at = found;
    for (let from = 0; from < kept.length;) {
      while (part < ends.length - 1 && at >= (ends[part] ?? 0)) part++;
      const to = part === ends.length - 1 ? kept.length : Math.min(kept.length, from + (ends[part] ?? 0) - at);
      parts[part] += kept.slice(from, to);
      at += to - from;
      from = to;
    }
  }
  return parts;
}
