import { fieldsOf, isRecord, memberOf } from '../../../lib/record.ts';
import type { Dialect } from '../../codec.ts';
import { createChatGrammar } from './chat-grammar.ts';
import { encode, streamOptionsOf } from '../encode.ts';
import { completionOfChunks } from './from-events.ts';
import { judge } from './judge.ts';
import { createToolCallMender } from './mend-tool-calls.ts';
import { observe } from '../../../refusals/observe-limits.ts';
import { read, readError } from '../../../refusals/read.ts';
import { completionToChunks } from './to-events.ts';

/** OpenAI's protocol, as OpenAI and everyone compatible with it speak it. */
export const openai: Dialect = Object.freeze({
  encode,
  judge,
  read,
  readError,
  observe,
  grammar({ input }, { mendToolCalls, rejects }) {
    const choices = rejects.includes('n') ? 1 : memberOf(input, 'n');
    return createChatGrammar({
      choices: typeof choices === 'number' && choices > 1 ? choices : 1,
      hideUsage: streamOptionsOf(input)?.['include_usage'] !== true,
      mender: mendToolCalls ? createToolCallMender() : undefined,
    });
  },
  mend(value, body, { mendToolCalls }) {
    return (mendToolCalls ? createToolCallMender().mend(fieldsOf(value), body) : undefined) ?? body;
  },
  toEvents({ operation }, value) {
    if (operation !== 'chat.completions') return undefined;
    return completionToChunks(value)?.map((chunk) => Buffer.from(JSON.stringify(chunk)));
  },
  fromEvents({ operation }, events) {
    if (operation !== 'chat.completions') return undefined;
    const chunks = events.map(parsed);
    // One that passed unread as a piece of the answer and is damaged leaves a gap in it.
    if (!chunks.every(isRecord)) return undefined;
    const completion = completionOfChunks(chunks);
    return completion === undefined ? undefined : Buffer.from(JSON.stringify(completion));
  },
} satisfies Dialect);

function parsed(event: Buffer): unknown {
  try {
    return JSON.parse(event.toString('utf8'));
  } catch {
    return undefined;
  }
}
