import { expect, test } from 'vitest';
import { finalResponseIn, isFinalEvent } from '../../src/runs/final-response.ts';

const event = (type: string, data: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
const delta = (text: string): string => event('response.output_text.delta', { delta: text });

test.each(['response.completed', 'response.incomplete'])('%s holds the whole response', (type) => {
  expect(isFinalEvent({ type, response: {} })).toBe(true);
  const response = { id: 'resp_1', output: [] };
  expect(finalResponseIn(Buffer.from(delta('a') + event(type, { response })))).toEqual(response);
  // An id of a run's event stands before the name.
  expect(finalResponseIn(Buffer.from(`id: x:1\n${event(type, { response }).slice(0, -2)}`))).toEqual(response);
});

test.each([
  ['a delta that quotes the event', delta('event: response.completed\ndata: {"response":{"id":"x"}}')],
  ['another event', event('response.created', { response: { id: 'resp_1' } })],
  ['a failure', event('response.failed', { response: { id: 'resp_1' } })],
  ['an event that is cut', 'event: response.completed\ndata: {"type":"response.com'],
  ['an event without a response', event('response.completed', {})],
  ['nothing', ''],
])('%s holds none', (_, text) => {
  expect(finalResponseIn(Buffer.from(text))).toBeUndefined();
});

test.each([[{ type: 'response.created' }], ['response.completed'], [null], [undefined], [{}]])(
  '%j is no final event',
  (value) => {
    expect(isFinalEvent(value)).toBe(false);
  },
);
