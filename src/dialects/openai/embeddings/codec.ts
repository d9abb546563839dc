import type { Codec } from '../../codec.ts';
import { createChatGrammar } from '../chat/chat-grammar.ts';
import { judgeJson } from '../judge-json.ts';
import { openaiRequest } from '../request.ts';
import { embeddingsBatch } from './batch.ts';
import { judgeEmbeddings } from './judge-embeddings.ts';
import { mendEmbeddings } from './mend-embeddings.ts';
import { formatOf } from './request.ts';

const FORMAT = 'encoding_format';
const NONE: readonly string[] = Object.freeze([]);
const REMOVABLE: readonly string[] = Object.freeze([FORMAT]);

/** Embeddings in OpenAI's protocol. They have no streams: a stream in place of JSON is never a complete answer. */
export const openaiEmbeddings: Codec = Object.freeze({
  encode: (call, target, { without, headers }) => {
    // Vectors are converted, so a server that refuses the parameter is sent the request without it.
    const removable = formatOf(call) !== 'other' && call.body.includes(FORMAT);
    const removed = removable && without.has(FORMAT);
    return {
      added: removable && !removed ? REMOVABLE : NONE,
      request: openaiRequest(call, target, {
        path: '/embeddings',
        values: removed ? { [FORMAT]: undefined } : {},
        headers,
      }),
    };
  },
  judge: (body, { call }) => judgeJson(body, (value) => judgeEmbeddings(value, call)),
  // Only for a stream that arrives in place of JSON: it may report an error.
  grammar: () =>
    createChatGrammar({
      choices: 1,
      hideUsage: false,
      normalize: false,
      emptyAnswer: 'accept',
      finishReason: 'required',
    }),
  mend: (value, body, { call }) => mendEmbeddings(value, body, call),
  toEvents: () => undefined,
  fromEvents: () => undefined,
  batch: embeddingsBatch,
} satisfies Codec);
