import { createHash } from 'node:crypto';
import { placeOf } from '../../lib/json-members.ts';
import { fieldsOf, isRecord } from '../../lib/record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Mends the tool calls of one answer, chunk by chunk or whole; it remembers the calls that have begun. */
export interface ToolCallMender {
  /**
   * The chunk's or completion's JSON with its tool calls as OpenAI sends them, in its own bytes otherwise; undefined where nothing of it
   * has to change. `value` is what `bytes` say.
   */
  mend(value: Fields, bytes: Buffer): Buffer | undefined;
}

/** A call that has begun. */
interface Call {
  readonly index: number;
  readonly id: string;
  /** The index that the vendor gave it. */
  readonly sent: unknown;
  name: string;
  args: string;
}

/** One value to be written in place of another. */
interface Edit {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/**
 * Makes a mender for vendors whose tool calls break strict clients: an index that is missing, begins at 1 or is the same for several
 * calls; an id that is missing, empty or the word "null"; id, type and name said again with each piece; one call that stands there
 * without its list; arguments that are an object; `stop` for a reason though the model calls tools.
 */
export function createToolCallMender(): ToolCallMender {
  const choices = new Map<unknown, Call[]>();

  function callsOf(choice: Fields): Call[] {
    const index = choice['index'] ?? 0;
    const calls = choices.get(index) ?? [];
    choices.set(index, calls);
    return calls;
  }

  function* editsOf(value: Fields): Generator<Edit> {
    const list: unknown[] = Array.isArray(value['choices']) ? value['choices'] : [];
    for (const [at, each] of list.entries()) {
      const choice = fieldsOf(each);
      const calls = callsOf(choice);
      const part = isRecord(choice['delta']) ? 'delta' : 'message';
      const sent = fieldsOf(choice[part])['tool_calls'];
      const pieces: unknown[] = Array.isArray(sent) ? sent : isRecord(sent) ? [sent] : [];
      if (pieces.length > 0) {
        const whole = part === 'message';
        const of = JSON.stringify([value['id'], choice['index'] ?? 0]);
        const mended = pieces.map((piece) => mendPiece(fieldsOf(piece), calls, { of, whole }));
        yield { path: ['choices', at, part, 'tool_calls'], value: mended };
      }
      if (choice['finish_reason'] === 'stop' && calls.length > 0)
        yield { path: ['choices', at, 'finish_reason'], value: 'tool_calls' };
    }
  }

  return {
    mend(value, bytes) {
      let mended: Buffer | undefined;
      for (const { path, value: wanted } of editsOf(value)) {
        const current = mended ?? bytes;
        const place = placeOf(current, path);
        if (place === undefined) continue;
        const text = Buffer.from(JSON.stringify(wanted));
        if (current.subarray(...place).equals(text)) continue;
        mended = Buffer.concat([current.subarray(0, place[0]), text, current.subarray(place[1])]);
      }
      return mended;
    },
  };
}

interface PieceOptions {
  /** Id of the answer, from which ids of calls without one are made. */
  readonly of: string;
  /** Not a piece but the call as a message holds it, which has no index. */
  readonly whole: boolean;
}

function mendPiece(piece: Fields, calls: Call[], { of, whole }: PieceOptions): object {
  const { index: sent, id: _id, type, function: fn, ...more } = piece;
  const { name, arguments: said, ...other } = fieldsOf(fn);
  const args = argumentsOf(said);
  const known = whole ? undefined : knownCall(piece, calls);
  if (known !== undefined) {
    const late = known.name === '' && textOf(name) !== '' ? { name: textOf(name) } : {};
    known.args += args;
    known.name ||= textOf(name);
    const rest = fn === undefined ? {} : { function: { ...late, arguments: args, ...other } };
    return { index: known.index, ...rest, ...more };
  }
  const index = calls.length;
  const call = { index, id: idOf(piece) ?? newId(of, index), sent, name: textOf(name), args };
  calls.push(call);
  return {
    ...(whole ? {} : { index }),
    id: call.id,
    type: type ?? 'function',
    ...(fn === undefined ? {} : { function: { name: call.name, arguments: args, ...other } }),
    ...more,
  };
}

/** The call that a piece goes on with; undefined when it begins one. An id decides, else the index, else it is the last call's. */
function knownCall(piece: Fields, calls: readonly Call[]): Call | undefined {
  const id = idOf(piece);
  if (id !== undefined) return calls.find((call) => call.id === id);
  const index = piece['index'];
  const call = index === undefined ? calls.at(-1) : calls.findLast(({ sent }) => sent === index);
  return call === undefined || beginsAnew(piece, call) ? undefined : call;
}

/** Several calls under one index and without ids: a name beside arguments where those of the call before are whole already. */
function beginsAnew(piece: Fields, call: Call): boolean {
  const { name, arguments: said } = fieldsOf(piece['function']);
  if (textOf(name) === '' || call.args === '') return false;
  return (textOf(name) !== call.name && call.name !== '') || (/^\s*\{/.test(argumentsOf(said)) && isJson(call.args));
}

function idOf({ id }: Fields): string | undefined {
  return typeof id === 'string' && id !== '' && id !== 'null' ? id : undefined;
}

/** Nine letters and digits, which every vendor takes back: Mistral takes no others. The same answer's call has the same id each time. */
function newId(answer: string, index: number): string {
  return createHash('sha256').update(`${answer}:${index}`).digest('hex').slice(0, 9);
}

function argumentsOf(said: unknown): string {
  if (typeof said === 'string') return said;
  return said === undefined || said === null ? '' : JSON.stringify(said);
}

function textOf(value: unknown): string {
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
