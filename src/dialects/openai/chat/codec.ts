import { parseJson } from '../../../lib/parse-json.ts';
import { fieldsOf, isRecord } from '../../../lib/record.ts';
import type { Codec } from '../../codec.ts';
import { judgeLenientJson } from '../judge-json.ts';
import { createChatGrammar } from './chat-grammar.ts';
import { withTextContents } from './content-parts.ts';
import { encodeChat, requestsUsage } from './encode.ts';
import { completionOfChunks } from './from-events.ts';
import { judgeCompletion } from './judge-completion.ts';
import { createToolCallMender } from './mend-tool-calls.ts';
import { completionToChunks } from './to-events.ts';
import { withUsageInPlace } from './usage-place.ts';

/** Chat completions in OpenAI's protocol, as OpenAI and compatible providers implement it. */
export const openaiChat: Codec = Object.freeze({
  encode: encodeChat,
  judge: (body, { quirks }) => judgeLenientJson(body, (value) => judgeCompletion(value, quirks)),
  grammar({ call, quirks }) {
    const choices = quirks.rejects.includes('n') ? 1 : call.body.get('n');
    return createChatGrammar({
      choices: typeof choices === 'number' && choices > 1 ? choices : 1,
      hideUsage: !requestsUsage(call),
      mender: quirks.mendToolCalls ? createToolCallMender() : undefined,
      normalize: quirks.normalize,
      emptyAnswer: quirks.emptyAnswer,
      finishReason: quirks.finishReason,
    });
  },
  mend(value, body, { quirks: { mendToolCalls, normalize } }) {
    const fields = fieldsOf(value);
    let mended = body;
    if (normalize) {
      mended = withTextContents(fields, mended) ?? mended;
      mended = withUsageInPlace(fields, mended) ?? mended;
    }
    if (!mendToolCalls) return mended;
    return (
      createToolCallMender().mend(mended === body ? fields : fieldsOf(parseJson(mended.toString('utf8'))), mended) ??
      mended
    );
  },
  toEvents(value, { quirks }) {
    const chunks = completionToChunks(value, quirks);
    return chunks?.map((chunk) => Buffer.from(typeof chunk === 'string' ? chunk : JSON.stringify(chunk)));
  },
  fromEvents(events, { quirks }) {
    const chunks = events.map((event) => parseJson(event.toString('utf8')));
    if (!chunks.every(isRecord)) return undefined;
    const completion = completionOfChunks(chunks, quirks);
    return completion === undefined ? undefined : Buffer.from(JSON.stringify(completion));
  },
} satisfies Codec);
