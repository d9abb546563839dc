import { chatCompletion, chunk, openaiError, sse } from '../../../src/testing/index.ts';
import { httpChunk, LAST_CHUNK, STREAM_HEAD, completeAnswer } from './raw-http.ts';

/** Number of events of a stream that is sent at once. */
const EVENTS = 64;
const WORD = 'a word of about this length, padded to the size of real chunks ';
const EVENT = chunk({ delta: { content: WORD } });
const END = chunk({ finish: 'stop' }) + sse('[DONE]');
const JSON_TYPE = 'content-type: application/json';

const events = Array.from({ length: EVENTS }, () => EVENT);
const limited = (retryAfter: number): Buffer => {
  const { body } = openaiError(429, 'Rate limit reached.', { code: 'rate_limit_exceeded', type: 'requests' });
  return completeAnswer('429 Too Many Requests', [JSON_TYPE, `retry-after: ${retryAfter}`], JSON.stringify(body));
};

const named = (data: { readonly type: string; readonly [member: string]: unknown }): string =>
  `event: ${data.type}\n${sse(data)}`;
const textDelta = { type: 'text_delta', text: WORD };
const messageUsage = { input_tokens: 9, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: messageUsage,
};
/** The same answer in Anthropic's API. */
const MESSAGE_EVENTS = [
  named({ type: 'message_start', message }),
  named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  ...events.map(() => named({ type: 'content_block_delta', index: 0, delta: textDelta })),
  named({ type: 'content_block_stop', index: 0 }),
  named({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 64 } }),
  named({ type: 'message_stop' }),
];
const whole = events.map(() => WORD).join('');
const MESSAGE = {
  ...message,
  content: [{ type: 'text', text: whole }],
  stop_reason: 'end_turn',
  usage: { ...messageUsage, output_tokens: 64 },
};
/** The same in OpenAI's Responses API. */
const responseOf = (status: string, output: readonly object[]): object => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status,
  model: 'm',
  output,
  usage:
    status === 'completed'
      ? {
          input_tokens: 9,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: 64,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: 73,
        }
      : null,
});
const itemOf = (status: string, content: readonly object[]): object => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status,
  content,
});
const partOf = (text: string): object => ({ type: 'output_text', text, annotations: [], logprobs: [] });
const inItem = { item_id: 'msg_1', output_index: 0, content_index: 0 };
const done = itemOf('completed', [partOf(whole)]);
const RESPONSE_EVENTS = [
  { type: 'response.created', response: responseOf('in_progress', []) },
  { type: 'response.in_progress', response: responseOf('in_progress', []) },
  { type: 'response.output_item.added', output_index: 0, item: itemOf('in_progress', []) },
  { type: 'response.content_part.added', ...inItem, part: partOf('') },
  ...events.map(() => ({ type: 'response.output_text.delta', ...inItem, delta: WORD, logprobs: [] })),
  { type: 'response.output_text.done', ...inItem, text: whole, logprobs: [] },
  { type: 'response.content_part.done', ...inItem, part: partOf(whole) },
  { type: 'response.output_item.done', output_index: 0, item: done },
  { type: 'response.completed', response: responseOf('completed', [done]) },
].map((data, at) => named({ ...data, sequence_number: at }));
const inOneChunk = (all: readonly string[]): Buffer =>
  Buffer.concat([STREAM_HEAD, httpChunk(all.join('')), LAST_CHUNK]);

/** Prepared replies that are sent at once, by the first word of the model's name. */
export const REPLIES: Readonly<Record<string, Buffer>> = {
  json: completeAnswer('200 OK', [JSON_TYPE], JSON.stringify(chatCompletion({ content: 'x'.repeat(700) }).body)),
  stream: Buffer.concat([STREAM_HEAD, httpChunk(events.join('') + END), LAST_CHUNK]),
  pieces: Buffer.concat([STREAM_HEAD, ...events.map(httpChunk), httpChunk(END), LAST_CHUNK]),
  messages: inOneChunk(MESSAGE_EVENTS),
  message: completeAnswer('200 OK', [JSON_TYPE], JSON.stringify(MESSAGE)),
  responses: inOneChunk(RESPONSE_EVENTS),
  limited: limited(1),
  cold: limited(3600),
};

/** The beginning of a stream with its first event. */
export const FIRST_EVENT = Buffer.concat([STREAM_HEAD, httpChunk(chunk({ delta: { content: 'first' } }))]);

/** The end of a stream. */
export const STREAM_END = Buffer.concat([httpChunk(END), LAST_CHUNK]);

const TIME = '0'.repeat(16);
/** Digits of a time in an event. */
export const TIME_DIGITS = TIME.length;
/** The text before the time in an event, which occurs nowhere else. */
export const TIME_MARK = '"at ';
const [beforeTime = '', afterTime = ''] = httpChunk(chunk({ delta: { content: `at ${TIME} ${WORD}` } }))
  .toString()
  .split(TIME);

/** An event in an HTTP chunk, with the time of its sending in microseconds: 16 ASCII digits. */
export function timedEvent(time: number): string {
  return `${beforeTime}${String(time).padStart(TIME_DIGITS, '0')}${afterTime}`;
}

/** 64 KB of text in an event, and how many of them make 200 MB. */
export const FLOOD = { event: httpChunk(chunk({ delta: { content: 'x'.repeat(64 * 1024) } })), events: 3200 } as const;
