import { fieldsOf, isRecord, memberOf } from '../../../lib/record.ts';
import type { Codec } from '../../codec.ts';
import { judgeJson } from '../judge-json.ts';
import { createChatGrammar } from './chat-grammar.ts';
import { encodeChat, streamOptionsOf } from './encode.ts';
import { completionOfChunks } from './from-events.ts';
import { judgeCompletion } from './judge-completion.ts';
import { createToolCallMender } from './mend-tool-calls.ts';
import { completionToChunks } from './to-events.ts';

/** Chat completions in OpenAI's protocol, as OpenAI and compatible providers implement it. */
export const openaiChat: Codec = Object.freeze({
  encode: encodeChat,
  judge: (body) => judgeJson(body, judgeCompletion),
  grammar({ call: { input }, quirks: { mendToolCalls, rejects } }) {
    const choices = rejects.includes('n') ? 1 : memberOf(input, 'n');
    return createChatGrammar({
      choices: typeof choices === 'number' && choices > 1 ? choices : 1,
      hideUsage: streamOptionsOf(input)?.['include_usage'] !== true,
      mender: mendToolCalls ? createToolCallMender() : undefined,
    });
  },
  mend(value, body, { quirks: { mendToolCalls } }) {
    return (mendToolCalls ? createToolCallMender().mend(fieldsOf(value), body) : undefined) ?? body;
  },
  toEvents: (value) => completionToChunks(value)?.map((chunk) => Buffer.from(JSON.stringify(chunk))),
  fromEvents(events) {
    const chunks = events.map(parsedOrUndefined);
    // A damaged event may have passed unparsed; the answer then has a gap.
    if (!chunks.every(isRecord)) return undefined;
    const completion = completionOfChunks(chunks);
    return completion === undefined ? undefined : Buffer.from(JSON.stringify(completion));
  },
} satisfies Codec);

function parsedOrUndefined(event: Buffer): unknown {
  try {
    return JSON.parse(event.toString('utf8'));
  } catch {
    return undefined;
  }
}
