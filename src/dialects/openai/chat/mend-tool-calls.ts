import { rangeOf } from '../../../lib/json-members.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { createToolCalls, type ToolCalls, toolCallPieces } from './tool-calls.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Mends the tool calls of one answer, chunk by chunk or whole; it remembers the calls that have begun. */
export interface ToolCallMender {
  /**
   * The chunk's or completion's JSON with its tool calls as OpenAI sends them, in its own bytes otherwise; undefined where nothing of it
   * has to change. `value` is what `bytes` say.
   */
  mend(value: Fields, bytes: Buffer): Buffer | undefined;
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
  const choices = new Map<unknown, ToolCalls>();

  function callsOf(choice: Fields): ToolCalls {
    const index = choice['index'] ?? 0;
    const calls = choices.get(index) ?? createToolCalls();
    choices.set(index, calls);
    return calls;
  }

  function* editsOf(value: Fields): Generator<Edit> {
    const list: unknown[] = Array.isArray(value['choices']) ? value['choices'] : [];
    for (const [at, each] of list.entries()) {
      const choice = fieldsOf(each);
      const calls = callsOf(choice);
      const part = isRecord(choice['delta']) ? 'delta' : 'message';
      const pieces = toolCallPieces(fieldsOf(choice[part]));
      if (pieces.length > 0) {
        const whole = part === 'message';
        const of = JSON.stringify([value['id'], choice['index'] ?? 0]);
        const mended = pieces.map((piece) => calls.mend(piece, { of, whole }));
        yield { path: ['choices', at, part, 'tool_calls'], value: mended };
      }
      if (choice['finish_reason'] === 'stop' && calls.begun)
        yield { path: ['choices', at, 'finish_reason'], value: 'tool_calls' };
    }
  }

  return {
    mend(value, bytes) {
      let mended: Buffer | undefined;
      for (const { path, value: wanted } of editsOf(value)) {
        const current = mended ?? bytes;
        const place = rangeOf(current, path);
        if (place === undefined) continue;
        const text = Buffer.from(JSON.stringify(wanted));
        if (current.subarray(...place).equals(text)) continue;
        mended = Buffer.concat([current.subarray(0, place[0]), text, current.subarray(place[1])]);
      }
      return mended;
    },
  };
}
