import type { Codec, JsonVerdict } from '../../codec.ts';
import { createChatGrammar } from '../chat/chat-grammar.ts';
import { judgeJson } from '../judge-json.ts';
import { bodyOf, openaiRequest } from '../request.ts';
import { readUsage } from '../usage.ts';

/** Embeddings in OpenAI's protocol. They have no streams: a stream in place of JSON is never a complete answer. */
export const openaiEmbeddings: Codec = Object.freeze({
  encode: (call, target, { headers }) => ({
    added: [],
    request: openaiRequest(call, target, { path: '/embeddings', body: bodyOf(call), values: {}, headers }),
  }),
  judge: (body) => judgeJson(body, judgeEmbeddings),
  // Only for a stream that arrives in place of JSON: it may report an error.
  grammar: () => createChatGrammar({ choices: 1, hideUsage: false }),
  mend: (_, body) => body,
  toEvents: () => undefined,
  fromEvents: () => undefined,
} satisfies Codec);

function judgeEmbeddings(value: Readonly<Record<string, unknown>>): JsonVerdict {
  const { data } = value;
  if (!Array.isArray(data) || data.length === 0) return { kind: 'unusable', problem: 'The answer has no data.' };
  return { kind: 'answer', value, usage: readUsage(value['usage']), outputBytes: 0 };
}
