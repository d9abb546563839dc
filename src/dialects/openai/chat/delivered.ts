import { createHash } from 'node:crypto';
import { parseJson } from '../../../lib/parse-json.ts';
import { fieldsOf } from '../../../lib/record.ts';
import { isMetadata, outputBytesOf } from './output.ts';
import { createToolCalls, textOf, toolCallPieces } from './tool-calls.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A text of one choice, as far as it was delivered. */
export interface DeliveredText {
  /** Its beginning. */
  readonly head: string;
  /** Bytes of JSON that follow the beginning, which passed unread. */
  readonly raw: number;
}

/** A tool call as far as it was delivered. `id` is empty where the provider sent none. */
export interface DeliveredCall {
  readonly id: string;
  readonly name: string;
  readonly args: string;
}

/** Bytes of JSON by the key of their text. */
export type Unread = Readonly<Record<string, number>>;

/** What the deltas of one choice have delivered so far. */
export interface Delivered {
  /** Adds a delta. `unread`: bytes of the texts under each key that had passed unread before it. */
  add(delta: Fields, unread: Unread): void;
  /** Whether any output came under this name. */
  has(name: string): boolean;
  text(name: string): DeliveredText;
  /** By index. */
  readonly calls: readonly DeliveredCall[];
  /** Whether an item of a list, or an object, of this name was delivered as it is. */
  hasValue(name: string, value: unknown): boolean;
  /** A tool call whose arguments so far are no JSON. */
  readonly hasOpenCall: boolean;
}

/** Longer beginnings are not kept: from there on bytes are counted. */
const MAX_HEAD = 64 * 1024;

/** Makes the state of one choice. `unreadNow` counts the texts that have passed unread; a choice that is always read has none. */
export function createDelivered(unreadNow: () => Unread): Delivered {
  const texts = new Map<string, { head: string; raw: number }>();
  const values = new Map<string, Set<string>>();
  const mending = createToolCalls();
  const calls: { id: string; name: string; args: string }[] = [];

  function textSoFar(name: string): DeliveredText {
    const { head = '', raw = 0 } = texts.get(name) ?? {};
    return { head, raw: raw + (unreadNow()[name] ?? 0) };
  }

  function addText(name: string, text: string, unread: Unread): void {
    const { head, raw } = texts.get(name) ?? { head: '', raw: 0 };
    const isHead = raw + (unread[name] ?? 0) === 0 && head.length < MAX_HEAD;
    texts.set(name, isHead ? { head: head + text, raw } : { head, raw: raw + jsonBytes(text) });
  }

  function addCall(piece: Fields): void {
    const { index, function: fn } = mending.mend(piece, { idSeed: '', whole: false });
    const { name, arguments: args } = fieldsOf(fn);
    const call = (calls[Number(index)] ??= { id: textOf(piece['id']), name: '', args: '' });
    call.name += textOf(name);
    call.args += textOf(args);
  }

  return {
    calls,
    get hasOpenCall() {
      return calls.some(({ args }) => parseJson(args) === undefined);
    },
    add(delta, unread) {
      for (const [name, value] of Object.entries(delta)) {
        if (name === 'tool_calls') toolCallPieces(delta).forEach(addCall);
        else if (typeof value === 'string') {
          if (value !== '' && !isMetadata(name)) addText(name, value, unread);
        } else if (outputBytesOf({ [name]: value }) !== undefined) {
          const seen = values.get(name) ?? new Set();
          values.set(name, seen);
          for (const each of Array.isArray(value) ? value : [value]) seen.add(digestOf(each));
        }
      }
    },
    has(name) {
      if (name === 'tool_calls') return calls.length > 0;
      const { head, raw } = textSoFar(name);
      return head !== '' || raw > 0 || values.has(name);
    },
    text: textSoFar,
    hasValue: (name, value) => values.get(name)?.has(digestOf(value)) === true,
  };
}

/** Bytes of a text in JSON, without its quotation marks. */
export function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/** Identifies a value that may be an image. All values that nest too deeply for JSON count as the same one. */
function digestOf(value: unknown): string {
  try {
    return createHash('sha256').update(JSON.stringify(value)).digest('base64');
  } catch {
    return '';
  }
}
