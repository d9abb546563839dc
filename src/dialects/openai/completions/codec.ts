import type { Call } from '../../../domain/call.ts';
import { jsonTextSteps } from '../../../lib/json-text.ts';
import type { Codec, ConvertedEvent } from '../../codec.ts';
import { judgeLenientJson } from '../judge-json.ts';
import { parseChunks } from '../parse-chunks.ts';
import { openaiRequest } from '../request.ts';
import { requestsUsage, streamFieldsOf } from '../stream-fields.ts';
import { CompletionsGrammar } from './completions-grammar.ts';
import { judgeTextCompletion } from './judge-text-completion.ts';
import { chunksOfText, textOfChunks } from './text-chunks.ts';

/** The older completions in OpenAI's protocol. */
export const openaiCompletions: Codec = Object.freeze({
  encode(call, target, options) {
    const { values, added } = streamFieldsOf(call, target, options);
    return { added, request: openaiRequest(call, target, { path: '/completions', values, headers: options.headers }) };
  },
  judge: (body, { quirks }) => judgeLenientJson(body, (value) => judgeTextCompletion(value, quirks)),
  grammar: ({ call, quirks: { emptyAnswer, finishReason, rejects } }) =>
    new CompletionsGrammar({
      choices: choicesOf(call, rejects.includes('n') ? 1 : call.body.get('n')),
      hideUsage: !requestsUsage(call),
      emptyAnswer,
      finishReason,
    }),
  mend: (_value, body) => body,
  toEvents(value, { quirks }) {
    const chunks = chunksOfText(value, quirks);
    return chunks && eventsOf(chunks);
  },
  *fromEvents(events, { quirks }) {
    const chunks = yield* parseChunks(events);
    const completion = chunks && (yield* textOfChunks(chunks, quirks));
    return completion && (yield* jsonTextSteps(completion));
  },
} satisfies Codec);

/** Each prompt has `n` choices. A list of texts or of token lists holds several prompts, a list of tokens is one. */
function choicesOf({ body }: Call, n: unknown): number {
  const { document } = body;
  const prompt = body.nodeOf('prompt');
  // Numbers have no nodes.
  const prompts =
    prompt === undefined || document.kindOf(prompt) !== 'array' ? 1 : [...document.itemsOf(prompt)].length;
  return Math.max(1, prompts) * (typeof n === 'number' && n > 1 ? n : 1);
}

function* eventsOf(chunks: readonly object[]): Generator<ConvertedEvent | undefined, void> {
  for (const chunk of chunks) yield { data: Buffer.from(JSON.stringify(chunk)) };
}
