import { isSmall, jsonTextSteps } from '../../../lib/json-text.ts';
import type { Codec, ConvertedEvent } from '../../codec.ts';
import { namedEvent } from '../../../sse/framing.ts';
import { judgeJson } from '../judge-json.ts';
import { splice } from '../splice.ts';
import { encodeResponse } from './encode-own.ts';
import { responseOfEvents } from './from-events.ts';
import { createResponsesGrammar } from './grammar.ts';
import { judgeResponse } from './judge-response.ts';
import { type ResponseEvent, responseToEvents } from './to-events.ts';

/** OpenAI's Responses API, for clients and servers that both speak it. */
export const openaiResponses: Codec = Object.freeze({
  encode: encodeResponse,
  judge: (body, { quirks }) => judgeJson(body, (value) => judgeResponse(value, quirks)),
  grammar: ({ quirks: { emptyAnswer }, call }) => createResponsesGrammar({ emptyAnswer, members: call.answerMembers }),
  mend(_value, body, { call: { answerMembers } }) {
    if (answerMembers === undefined) return body;
    const values = Object.entries(answerMembers).map(([name, value]) => [name, JSON.stringify(value)] as const);
    return splice(body, { values: Object.fromEntries(values) });
  },
  toEvents: (value) => eventsOf(responseToEvents(value)),
  *fromEvents(events) {
    const response = yield* responseOfEvents(events);
    return response && (yield* jsonTextSteps(response));
  },
} satisfies Codec);

/** Each with its framing, because the API names its events. */
function* eventsOf(events: Generator<ResponseEvent, void>): Generator<ConvertedEvent | undefined, void> {
  for (const value of events) {
    if (isSmall(value)) {
      const { data, plain } = namedEvent(value.type, JSON.stringify(value));
      yield plain === undefined ? { data } : { data, large: { value, plain } };
      continue;
    }
    const before = `event: ${value.type}\ndata: `;
    const text = jsonTextSteps(value, before, AFTER_DATA);
    let step = text.next();
    for (; step.done !== true; step = text.next()) yield undefined;
    const plain = step.value;
    yield { data: plain.subarray(Buffer.byteLength(before), -AFTER_DATA.length), large: { value, plain } };
  }
}

const AFTER_DATA = '\n\n';
