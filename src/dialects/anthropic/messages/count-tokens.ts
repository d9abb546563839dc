import type { Codec, JsonVerdict } from '../../codec.ts';
import { judgeJson } from '../../openai/judge-json.ts';
import { createMessagesGrammar } from './grammar.ts';
import { sameApiRequest } from './request.ts';

/** Anthropic's count of the tokens that a message would have as input. */
export const anthropicCountTokens: Codec = Object.freeze({
  encode: (call, target, options) =>
    sameApiRequest(call, target, { options, path: '/v1/messages/count_tokens', values: {} }),
  grammar: ({ quirks }) => createMessagesGrammar(quirks),
  judge: (body) => judgeJson(body, judgeCount),
  mend: (_value, body) => body,
  toEvents: () => undefined,
  fromEvents: () => undefined,
} satisfies Codec);

/** Nothing is generated, so a count uses no tokens. */
function judgeCount(value: Readonly<Record<string, unknown>>): JsonVerdict {
  if (typeof value['input_tokens'] !== 'number') return { kind: 'unusable', problem: 'The answer has no count.' };
  return { kind: 'answer', value, usage: { input: 0, output: 0, source: 'provider' }, outputBytes: 0 };
}
