import { rangeOf } from '../../../lib/json-members.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import { replaceRange } from '../splice-parts.ts';
import { createToolCalls, type ToolCalls, toolCallPieces } from './tool-calls.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Mends the tool calls of one answer, chunk by chunk or whole. Keeps the calls that have begun. */
export interface ToolCallMender {
  /**
   * A chunk's or completion's JSON with its tool calls as OpenAI sends them and every other byte as it is; undefined where nothing has to
   * change. `value` is the parsed form of `bytes`.
   */
  mend(value: Fields, bytes: Buffer): Buffer | undefined;
}

/** A value that replaces another one. */
interface Edit {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/**
 * Makes a mender for providers whose tool calls break strict clients. It corrects an index that is missing, begins at 1 or is the same for
 * several calls; an id that is missing, empty or the string "null"; id, type and name that are repeated in each piece; a single call without
 * its list; arguments that are an object; and the finish reason `stop` of a choice with tool calls.
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
        const idSeed = JSON.stringify([value['id'], choice['index'] ?? 0]);
        const mended = pieces.map((piece) => calls.mend(piece, { idSeed, whole }));
        yield { path: ['choices', at, part, 'tool_calls'], value: mended };
      }
      if (choice['finish_reason'] === 'stop' && calls.begun)
        yield { path: ['choices', at, 'finish_reason'], value: 'tool_calls' };
    }
  }

  return {
    mend(value, bytes) {
      let mended: Buffer | undefined;
      for (const { path, value: replacement } of editsOf(value)) {
        const current = mended ?? bytes;
        const range = rangeOf(current, path);
        if (range === undefined) continue;
        const text = Buffer.from(JSON.stringify(replacement));
        if (current.subarray(...range).equals(text)) continue;
        mended = replaceRange(current, range, text);
      }
      return mended;
    },
  };
}
