import { isSmall, jsonTextSteps } from '../../../lib/json-text.ts';
import { parseJson } from '../../../lib/parse-json.ts';
import { fieldsOf } from '../../../lib/record.ts';
import type { Codec, ConvertedEvent } from '../../codec.ts';
import { judgeLenientJson } from '../judge-json.ts';
import { parseChunks } from '../parse-chunks.ts';
import { requestsUsage } from '../stream-fields.ts';
import { createChatGrammar } from './chat-grammar.ts';
import { withTextContents } from './content-parts.ts';
import { encodeChat } from './encode.ts';
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
    return chunks && eventsOf(chunks);
  },
  *fromEvents(events, { quirks }) {
    const chunks = yield* parseChunks(events);
    const completion = chunks && (yield* completionOfChunks(chunks, quirks));
    return completion && (yield* jsonTextSteps(completion));
  },
} satisfies Codec);

function* eventsOf(chunks: Generator<object | '[DONE]', void>): Generator<ConvertedEvent | undefined, void> {
  for (const chunk of chunks) {
    if (typeof chunk === 'string') yield { data: Buffer.from(chunk) };
    else if (isSmall(chunk)) yield { data: Buffer.from(JSON.stringify(chunk)) };
    else {
      // Framed at once, because a large event is not copied once more.
      const text = jsonTextSteps(chunk, BEFORE_DATA, AFTER_DATA);
      let step = text.next();
      for (; step.done !== true; step = text.next()) yield undefined;
      const plain = step.value;
      yield { data: plain.subarray(BEFORE_DATA.length, -AFTER_DATA.length), large: { value: chunk, plain } };
    }
  }
}

const BEFORE_DATA = 'data: ';
const AFTER_DATA = '\n\n';
