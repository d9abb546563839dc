import { rangeOf } from '../../../lib/json-members.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { type Edits, splice } from '../splice.ts';
import { textOf } from './tool-calls.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Turns the messages that a provider streams in place of deltas into deltas. Keeps how each choice began. */
export interface LoneMessages {
  /**
   * The JSON of a chunk with the key `delta` in place of `message`, where a choice has no delta, and every other byte as it is. Undefined where
   * nothing changes. `outputBytes`: of all events before it. `value` is the parsed form of `bytes`.
   */
  toDeltas(value: Fields, bytes: Buffer, outputBytes: number): Buffer | undefined;
}

/** How a choice's deltas began. */
interface Beginning {
  readonly text: string;
  readonly callsTools: boolean;
}

/** The share of all output that a message must have to be a repetition: sizes of unparsed chunks are estimates. */
const MIN_SHARE = 0.9;

/** Makes the state of one stream. */
export function createLoneMessages(): LoneMessages {
  const beginnings = new Map<number, Beginning>();

  function note(index: number, delta: Fields): void {
    const { text = '', callsTools = false } = beginnings.get(index) ?? {};
    const calls = callsTools || Array.isArray(delta['tool_calls']);
    beginnings.set(index, { text: text === '' ? textOf(delta['content']) : text, callsTools: calls });
  }

  /** Whether a choice's last message repeats its deltas. A client that got it as a delta would have everything twice. */
  function repeats(index: number, choice: Fields, outputBytes: number): boolean {
    const { text = '', callsTools = false } = beginnings.get(index) ?? {};
    const message = fieldsOf(choice['message']);
    const content = textOf(message['content']);
    if (textOf(choice['finish_reason']) === '') return false;
    if (content === '') return callsTools && Array.isArray(message['tool_calls']);
    const share = beginnings.size > 1 ? 0 : MIN_SHARE;
    return text !== '' && content.startsWith(text) && Buffer.byteLength(content) >= outputBytes * share;
  }

  return {
    toDeltas(value, bytes, outputBytes) {
      let changed: Buffer | undefined;
      const choices: unknown[] = Array.isArray(value['choices']) ? value['choices'] : [];
      for (const [at, each] of choices.entries()) {
        const choice = fieldsOf(each);
        const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
        const { delta, message } = choice;
        if (isRecord(delta) || !isRecord(message)) {
          note(index, fieldsOf(delta));
          continue;
        }
        const current = changed ?? bytes;
        const range = rangeOf(current, ['choices', at]);
        if (range === undefined) continue;
        const edits = repeats(index, choice, outputBytes) ? EMPTY_DELTA : deltaOf(message, current.subarray(...range));
        note(index, message);
        const edited = splice(current.subarray(...range), edits);
        changed = Buffer.concat([current.subarray(0, range[0]), edited, current.subarray(range[1])]);
      }
      return changed;
    },
  };
}

const EMPTY_DELTA: Edits = { values: { message: undefined, delta: '{}' } };

/** The edits that make the message of a choice its delta. In a stream a tool call has an index; in a message its position is the index. */
function deltaOf(message: Fields, choice: Buffer): Edits {
  const calls: unknown = message['tool_calls'];
  if (!Array.isArray(calls)) return { values: {}, keys: { message: 'delta' } };
  const range = rangeOf(choice, ['message']);
  const own = choice.subarray(...(range ?? [0, 0]));
  const indexed = calls.map((call: unknown, index) => ({ index, ...fieldsOf(call) }));
  const delta = splice(own, { values: { tool_calls: JSON.stringify(indexed) } });
  return { values: { message: undefined, delta: delta.toString('utf8') } };
}
