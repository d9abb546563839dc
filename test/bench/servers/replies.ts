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

/** Prepared replies that are sent at once, by the first word of the model's name. */
export const REPLIES: Readonly<Record<string, Buffer>> = {
  json: completeAnswer('200 OK', [JSON_TYPE], JSON.stringify(chatCompletion({ content: 'x'.repeat(700) }).body)),
  stream: Buffer.concat([STREAM_HEAD, httpChunk(events.join('') + END), LAST_CHUNK]),
  pieces: Buffer.concat([STREAM_HEAD, ...events.map(httpChunk), httpChunk(END), LAST_CHUNK]),
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
