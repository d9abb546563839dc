import { rangeOf } from '../../../lib/json-members.ts';
import { parseJson } from '../../../lib/parse-json.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { type Edits, splice } from '../splice.ts';
import { replaceRange } from '../splice-parts.ts';
import type { ChunkFrame } from './chunk-frame.ts';
import { createDelivered, type Delivered, type Unread } from './delivered.ts';
import { outputBytesOf } from './output.ts';
import { repeatsRoughly, restOfMessage } from './rest-of-message.ts';
import { textOf } from './tool-calls.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Turns the messages that a provider streams in place of deltas, or after them, into deltas. Keeps what each choice has delivered. */
export interface LoneMessages {
  /** Adds the deltas of a chunk that is shown as it is: its JSON, one character per byte; or those of its only choice, parsed. */
  note(chunk: string | Fields): void;
  /**
   * The JSON of a chunk whose messages are deltas, without what was delivered before, and every other byte as it is. Undefined where nothing
   * changes; `unclear` where a client would lose a part of a message, or get a part twice. `value` is the parsed form of `bytes`.
   * `outputBytes`: of all events before it.
   */
  toDeltas(value: Fields, bytes: Buffer, outputBytes: number): Buffer | 'unclear' | undefined;
  /** Whether a tool call has begun whose arguments are no JSON yet. */
  hasOpenCall(): boolean;
}

/** A choice, and what is known of it. */
interface Choice {
  readonly delivered: Delivered;
  /** Whether a message has repeated what was delivered before it. */
  repeats: boolean;
}

/** A choice as it was sent. */
interface SentChoice {
  readonly choice: Fields;
  readonly bytes: Buffer;
  readonly outputBytes: number;
}

/** A choice whose delta is not read yet, or the JSON of a chunk, and what had passed unread before it. */
interface Pending {
  readonly sent: Fields | string;
  readonly unread: Unread;
}

/** Deltas that wait at most. Mostly no message arrives, and their deltas are never read. */
const MAX_PENDING = 64;

/** Makes the state of one stream. `frame` counts the texts of events that are not inspected. */
export function createLoneMessages(frame: ChunkFrame): LoneMessages {
  return new StreamMessages(frame);
}

class StreamMessages implements LoneMessages {
  readonly #frame: ChunkFrame;
  #pending: Pending[] = [];
  /** By the index of the choice; undefined until the first delta is read. */
  #known: Map<number, Choice> | undefined;

  constructor(frame: ChunkFrame) {
    this.#frame = frame;
  }

  note(sent: string | Fields): void {
    this.#pending.push({ sent, unread: this.#frame.bytesByKey() });
    if (this.#pending.length >= MAX_PENDING) this.#readPending();
  }

  #readPending(): void {
    const read = this.#pending;
    this.#pending = [];
    for (const { sent, unread } of read) {
      const choices =
        typeof sent === 'string'
          ? choicesOf(fieldsOf(parseJson(Buffer.from(sent, 'latin1').toString('utf8'))))
          : [sent];
      for (const choice of choices) this.#addDelta(choice, unread);
    }
  }

  #addDelta(choice: Fields, unread: Unread): void {
    if (isRecord(choice['delta'])) this.#stateOf(choice).delivered.add(choice['delta'], unread);
  }

  #stateOf(choice: Fields): Choice {
    const known = (this.#known ??= new Map());
    const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
    const state = known.get(index) ?? {
      delivered: createDelivered(() => (index === 0 ? this.#frame.bytesByKey() : NOTHING_UNREAD)),
      repeats: false,
    };
    known.set(index, state);
    return state;
  }

  /** The edits of a choice whose message counts. */
  #editsOf({ choice, bytes, outputBytes }: SentChoice): Edits | 'unclear' | undefined {
    const state = this.#stateOf(choice);
    const { delivered } = state;
    const message = fieldsOf(choice['message']);
    const own = bytes.subarray(...(rangeOf(bytes, ['message']) ?? [0, 0]));
    const jsonOf = (name: string): string => own.toString('utf8', ...(rangeOf(own, [name]) ?? [0, 0]));
    const isLast = textOf(choice['finish_reason']) !== '';
    if (this.#frame.gaveUp()) {
      const repeats = repeatsRoughly(message, { head: delivered.text('content').head, output: outputBytes });
      if (repeats !== false) return repeats ? EMPTY_DELTA : 'unclear';
    }
    const rest = restOfMessage({ message, jsonOf, isLast, afterRepetition: state.repeats }, delivered);
    if (rest === undefined) return 'unclear';
    state.repeats ||= rest.repeats;
    const changed = Object.keys(rest.values).length > 0;
    const delta = changed ? splice(own, { values: rest.values }) : own;
    const fields = fieldsOf(changed ? parseJson(delta.toString('utf8')) : message);
    delivered.add(fields, this.#frame.bytesByKey());
    if (outputBytesOf(fields) === undefined && outputBytesOf(message) !== undefined) return EMPTY_DELTA;
    if (!changed && !isRecord(choice['delta'])) return { values: {}, keys: { message: 'delta' } };
    return { values: { message: undefined, delta: delta.toString('utf8') } };
  }

  /** The edits of a choice with a delta of its own: the message adds only members that no delta has had. */
  #besideDelta({ choice, bytes }: SentChoice): Edits | undefined {
    const { delivered } = this.#stateOf(choice);
    const message = fieldsOf(choice['message']);
    const names = Object.keys(message).filter(
      (name) => !delivered.has(name) && outputBytesOf({ [name]: message[name] }) !== undefined,
    );
    if (names.length === 0 || this.#frame.gaveUp()) return undefined;
    const more = Object.fromEntries(names.map((name) => [name, message[name]]));
    const { values } =
      restOfMessage({ message: more, jsonOf: String, isLast: false, afterRepetition: false }, delivered) ?? {};
    delivered.add(more, this.#frame.bytesByKey());
    const texts = names.map((name) => [name, values?.[name] ?? JSON.stringify(message[name])]);
    const own = bytes.subarray(...(rangeOf(bytes, ['delta']) ?? [0, 0]));
    return { values: { delta: splice(own, { values: Object.fromEntries(texts) }).toString('utf8') } };
  }

  toDeltas(value: Fields, bytes: Buffer, outputBytes: number): Buffer | 'unclear' | undefined {
    if (!hasMessage(value)) {
      // Most chunks without output are the first and the last one, and what is kept costs a collection of garbage.
      for (const choice of choicesOf(value)) if (delivers(choice)) this.note(choice);
      return undefined;
    }
    this.#readPending();
    let changed: Buffer | undefined;
    for (const [at, choice] of choicesOf(value).entries()) {
      const { delta, message } = choice;
      const hasDelta = isRecord(delta) && (outputBytesOf(delta) !== undefined || outputBytesOf(message) === undefined);
      this.#addDelta(choice, this.#frame.bytesByKey());
      if (!isRecord(message)) continue;
      const current = changed ?? bytes;
      const range = rangeOf(current, ['choices', at]);
      if (range === undefined) continue;
      const sent = { choice, bytes: current.subarray(...range), outputBytes };
      const edits = hasDelta ? this.#besideDelta(sent) : this.#editsOf(sent);
      if (edits === 'unclear') return edits;
      if (edits === undefined) continue;
      const edited = splice(sent.bytes, edits);
      changed = replaceRange(current, range, edited);
    }
    return changed;
  }

  hasOpenCall(): boolean {
    this.#readPending();
    return [...(this.#known?.values() ?? [])].some(({ delivered }) => delivered.hasOpenCall);
  }
}

const EMPTY_DELTA: Edits = { values: { message: undefined, delta: '{}' } };

const NOTHING_UNREAD: Unread = Object.freeze({});

/** Whether a choice's delta holds output, or begins a tool call. */
function delivers({ delta }: Fields): boolean {
  return fieldsOf(delta)['tool_calls'] !== undefined || outputBytesOf(delta) !== undefined;
}

/** Whether a choice has a message. */
function hasMessage({ choices }: Fields): boolean {
  return Array.isArray(choices) && choices.some((choice: unknown) => isRecord(choice) && isRecord(choice['message']));
}

function choicesOf(chunk: Fields): readonly Fields[] {
  return Array.isArray(chunk['choices']) ? chunk['choices'].map(fieldsOf) : [];
}
