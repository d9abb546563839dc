import { createHash } from 'node:crypto';
import { parseJson } from '../../../lib/parse-json.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The tool calls of one choice that have begun so far. */
export interface ToolCalls {
  /** Whether any call has begun. */
  readonly begun: boolean;
  /**
   * The piece as OpenAI sends it: always with an index; id, type and name only in the piece that begins the call. A name in a later piece is
   * the rest of the call's name, to be appended as arguments are.
   */
  mend(piece: Fields, options: PieceOptions): Fields;
}

/** How a piece is read. */
export interface PieceOptions {
  /** Identifies the answer and its choice. Ids of calls without one are derived from it. */
  readonly idSeed: string;
  /** The piece is a complete call of a message, which has no index. */
  readonly whole: boolean;
}

/** A call that has begun. */
interface BegunCall {
  readonly index: number;
  readonly id: string;
  /** Whether the id is the provider's own. */
  readonly hasOwnId: boolean;
  /** The index that the provider sent. */
  readonly sentIndex: number | undefined;
  name: string;
  args: string;
}

/** Makes the state of one choice's tool calls. It accepts whatever a provider sends as index, id and name. */
export function createToolCalls(): ToolCalls {
  const calls: BegunCall[] = [];
  return {
    get begun() {
      return calls.length > 0;
    },
    mend: (piece, options) =>
      (options.whole ? undefined : continueCall(piece, calls)) ?? beginCall(piece, calls, options),
  };
}

/** The pieces of tool calls in a delta or message. Some providers send a single one without its list. */
export function toolCallPieces(part: Fields): readonly Fields[] {
  const sent = part['tool_calls'];
  if (Array.isArray(sent)) return sent.map(fieldsOf);
  return isRecord(sent) ? [sent] : [];
}

function beginCall(piece: Fields, calls: BegunCall[], { idSeed, whole }: PieceOptions): Fields {
  const { index: _index, id: _id, type, function: fn, ...more } = piece;
  const { name, arguments: sentArguments, ...other } = fieldsOf(fn);
  const args = argumentsOf(sentArguments);
  const index = calls.length;
  const id = idOf(piece);
  const call = {
    index,
    id: id ?? newId(idSeed, index),
    hasOwnId: id !== undefined,
    sentIndex: indexOf(piece),
    name: textOf(name),
    args,
  };
  calls.push(call);
  return {
    ...(whole ? {} : { index }),
    id: call.id,
    type: type || 'function',
    ...(fn === undefined ? {} : { function: { name: call.name, arguments: args, ...other } }),
    ...more,
  };
}

/** The piece as the continuation of a call; undefined where it begins a new one. */
function continueCall(piece: Fields, calls: readonly BegunCall[]): Fields | undefined {
  const call = continuedCall(piece, calls);
  if (call === undefined) return undefined;
  const { index: _index, id: _id, type: _type, function: fn, ...more } = piece;
  const { name, arguments: sentArguments, ...other } = fieldsOf(fn);
  const args = argumentsOf(sentArguments);
  const rest = restOfName(textOf(name), call);
  call.args += args;
  call.name += rest;
  const fields = { ...(rest === '' ? {} : { name: rest }), arguments: args, ...other };
  return { index: call.index, ...(fn === undefined ? {} : { function: fields }), ...more };
}

/**
 * The call that a piece continues; undefined where it begins a new one. A known id decides, then the index; without both the piece belongs
 * to the last call. There are two exceptions. An unknown id begins a call unless the piece has a known index and no name: vLLM once made a
 * new id for each piece. A known id under another index begins a call when the piece has a name: two calls may have the same id.
 */
function continuedCall(piece: Fields, calls: readonly BegunCall[]): BegunCall | undefined {
  const id = idOf(piece);
  const index = indexOf(piece);
  const nameless = nameOf(piece) === '';
  const agrees = ({ sentIndex }: BegunCall): boolean =>
    index === undefined || sentIndex === undefined || sentIndex === index;
  const known = id === undefined ? undefined : calls.find((call) => call.id === id && (agrees(call) || nameless));
  if (known !== undefined) return known;
  const call = index === undefined ? calls.at(-1) : calls.findLast(({ sentIndex }) => sentIndex === index);
  if (id !== undefined) return index !== undefined && nameless ? call : undefined;
  return call === undefined || beginsAnotherCall(piece, call) ? undefined : call;
}

/**
 * Whether a piece without an id begins another call under the index of `call`. A provider that sends no ids sends each name whole, so a
 * different name is a different call. A call with an id may still receive the rest of its name, until it has arguments. The same name again
 * begins another call only when the arguments so far are complete JSON.
 */
function beginsAnotherCall(piece: Fields, call: BegunCall): boolean {
  const name = nameOf(piece);
  if (name === '' || (call.args === '' && call.hasOwnId)) return false;
  if (name !== call.name && call.name !== '') return true;
  return /^\s*\{/.test(argumentsOf(fieldsOf(piece['function'])['arguments'])) && parseJson(call.args) !== undefined;
}

/** What a piece adds to its call's name: nothing where it repeats the name, and nothing once the call has arguments. */
function restOfName(name: string, call: BegunCall): string {
  if (call.name === '') return name;
  if (call.args !== '' || name === call.name) return '';
  return name.startsWith(call.name) ? name.slice(call.name.length) : name;
}

function idOf({ id }: Fields): string | undefined {
  return typeof id === 'string' && id !== '' && id !== 'null' ? id : undefined;
}

/** Nine letters and digits, which every provider accepts back: Mistral accepts no other form. The same seed and index give the same id. */
function newId(seed: string, index: number): string {
  return createHash('sha256').update(`${seed}:${index}`).digest('hex').slice(0, 9);
}

function indexOf({ index }: Fields): number | undefined {
  return typeof index === 'number' ? index : undefined;
}

function nameOf(piece: Fields): string {
  return textOf(fieldsOf(piece['function'])['name']);
}

/** The arguments of a call as a text; empty where there are none. */
export function argumentsOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** The value where it is a string; empty otherwise. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
