import { createHash } from 'node:crypto';
import { isRecord, fieldsOf } from '../../../lib/record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The tool calls of one choice, as far as they have begun. */
export interface ToolCalls {
  readonly begun: boolean;
  /**
   * A piece as OpenAI sends it: an index always, id, type and name where its call begins and nowhere else. What names a call later on is
   * the rest of its name, to be appended as its arguments are.
   */
  mend(piece: Fields, options: PieceOptions): Fields;
}

/** How a piece is to be understood. */
export interface PieceOptions {
  /** Id of the answer, from which ids of calls without one are made. */
  readonly of: string;
  /** Not a piece but the call as a message holds it, which has no index. */
  readonly whole: boolean;
}

/** A call that has begun. */
interface Call {
  readonly index: number;
  readonly id: string;
  /** The vendor gave it that id. */
  readonly named: boolean;
  /** The index that the vendor gave it. */
  readonly sent: number | undefined;
  name: string;
  args: string;
}

/** Makes the memory of one choice's tool calls, whatever their vendor makes of index, id and name. */
export function createToolCalls(): ToolCalls {
  const calls: Call[] = [];
  return {
    get begun() {
      return calls.length > 0;
    },
    mend: (piece, options) => (options.whole ? undefined : goOn(piece, calls)) ?? begin(piece, calls, options),
  };
}

/** The pieces of tool calls that a delta or message holds: some vendors send one without its list. */
export function toolCallPieces(part: Fields): readonly Fields[] {
  const sent = part['tool_calls'];
  if (Array.isArray(sent)) return sent.map(fieldsOf);
  return isRecord(sent) ? [sent] : [];
}

function begin(piece: Fields, calls: Call[], { of, whole }: PieceOptions): Fields {
  const { index: _index, id: _id, type, function: fn, ...more } = piece;
  const { name, arguments: said, ...other } = fieldsOf(fn);
  const args = argumentsOf(said);
  const index = calls.length;
  const id = idOf(piece);
  const call = {
    index,
    id: id ?? newId(of, index),
    named: id !== undefined,
    sent: indexOf(piece),
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

/** The piece as one of a call that has begun; undefined where it begins one. */
function goOn(piece: Fields, calls: readonly Call[]): Fields | undefined {
  const call = knownCall(piece, calls);
  if (call === undefined) return undefined;
  const { index: _index, id: _id, type: _type, function: fn, ...more } = piece;
  const { name, arguments: said, ...other } = fieldsOf(fn);
  const args = argumentsOf(said);
  const rest = restOfName(textOf(name), call);
  call.args += args;
  call.name += rest;
  const words = { ...(rest === '' ? {} : { name: rest }), arguments: args, ...other };
  return { index: call.index, ...(fn === undefined ? {} : { function: words }), ...more };
}

/**
 * The call that a piece goes on with; undefined when it begins one. A known id decides, else the index, else it is the last call's. An id
 * that nobody knows begins a call, but not under an index of before and without a name: vLLM once made a new id for each piece. And an id
 * that is known under another index begins one if it has a name: two calls may have got the same.
 */
function knownCall(piece: Fields, calls: readonly Call[]): Call | undefined {
  const id = idOf(piece);
  const index = indexOf(piece);
  const nameless = nameOf(piece) === '';
  const agrees = ({ sent }: Call): boolean => index === undefined || sent === undefined || sent === index;
  const known = id === undefined ? undefined : calls.find((call) => call.id === id && (agrees(call) || nameless));
  if (known !== undefined) return known;
  const call = index === undefined ? calls.at(-1) : calls.findLast(({ sent }) => sent === index);
  if (id !== undefined) return index !== undefined && nameless ? call : undefined;
  return call === undefined || beginsAnew(piece, call) ? undefined : call;
}

/**
 * Several calls under one index and without ids. Who gives no ids sends each call's name whole, so another name is another call; a call
 * with an id may still be getting its name, until it has arguments. The same name again is another call's only if a call was whole.
 */
function beginsAnew(piece: Fields, call: Call): boolean {
  const name = nameOf(piece);
  if (name === '' || (call.args === '' && call.named)) return false;
  if (name !== call.name && call.name !== '') return true;
  return /^\s*\{/.test(argumentsOf(fieldsOf(piece['function'])['arguments'])) && isJson(call.args);
}

/** What a piece adds to its call's name: nothing where it says it again, and nothing once there are arguments. */
function restOfName(name: string, call: Call): string {
  if (call.name === '') return name;
  if (call.args !== '' || name === call.name) return '';
  return name.startsWith(call.name) ? name.slice(call.name.length) : name;
}

function idOf({ id }: Fields): string | undefined {
  return typeof id === 'string' && id !== '' && id !== 'null' ? id : undefined;
}

/** Nine letters and digits, which every vendor takes back: Mistral takes no others. The same answer's call has the same id each time. */
function newId(answer: string, index: number): string {
  return createHash('sha256').update(`${answer}:${index}`).digest('hex').slice(0, 9);
}

function indexOf({ index }: Fields): number | undefined {
  return typeof index === 'number' ? index : undefined;
}

function nameOf(piece: Fields): string {
  return textOf(fieldsOf(piece['function'])['name']);
}

function argumentsOf(said: unknown): string {
  if (typeof said === 'string') return said;
  return said === undefined || said === null ? '' : JSON.stringify(said);
}

/** A value as a text; empty for what is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
