import type { Codec } from '../../codec.ts';
import { judgeJson } from '../judge-json.ts';
import { encodeCompact } from './encode-own.ts';
import { createResponsesGrammar } from './grammar.ts';
import { outputBytesOfAll } from './output.ts';
import { readResponseUsage } from './usage.ts';

/** Compaction of a conversation in OpenAI's Responses API. It has no streams: a stream in place of JSON is never a complete answer. */
export const openaiCompact: Codec = Object.freeze({
  encode: encodeCompact,
  judge: (body) =>
    judgeJson(body, (value) => ({
      kind: 'answer',
      value,
      usage: readResponseUsage(value['usage']),
      outputBytes: outputBytesOfAll(value['output']) ?? 0,
    })),
  // Only for a stream that arrives in place of JSON: it may report an error.
  grammar: () => createResponsesGrammar({ emptyAnswer: 'accept' }),
  mend: (_value, body) => body,
  toEvents: () => undefined,
  fromEvents: () => undefined,
} satisfies Codec);
