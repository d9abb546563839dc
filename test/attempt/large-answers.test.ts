import { describe, expect, test } from 'vitest';
import { chunk, type Reply, sse } from '../../src/testing/index.ts';
import { DONE, JSON_TYPE, STOP, STREAM } from '../doors/replies.ts';
import { DOORS, textOf } from '../helpers/doors.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const LARGE = 3_000_000;
const TEXT = 'é"\\\n🙂 word '.repeat(LARGE / 16);

const choice = (content: unknown, index = 0, more = {}): object => ({
  index,
  message: { role: 'assistant', content },
  finish_reason: 'stop',
  ...more,
});

const completion = (choices: readonly object[], more = {}): string =>
  JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, ...more });

const delta = (content: string): string => chunk({ delta: { content } });

/** Large answers with the text 'ab' in front of `TEXT`, in every form. */
const FORMS: Readonly<Record<string, Reply>> = {
  'a JSON answer': { headers: JSON_TYPE, body: completion([choice(`ab${TEXT}`)]) },
  'a JSON answer with numbers that JSON does not have': {
    headers: JSON_TYPE,
    body: completion([choice(`ab${TEXT}`)], { x: 1 }).replace('"x":1', '"x":NaN'),
  },
  'a large event': { headers: STREAM, body: delta('a') + delta('b') + delta(TEXT) + STOP + DONE },
  'a large first event': { headers: STREAM, body: delta(`ab${TEXT}`) + STOP + DONE },
  'a large event with CRLF': {
    headers: STREAM,
    body: (delta('ab') + delta(TEXT) + STOP + DONE).replaceAll('\n', '\r\n'),
  },
  'a list of chunks in one event': {
    headers: STREAM,
    body: `data: [${['a', 'b', ...(TEXT.match(/[^]{1,1000}/gu) ?? [])].map((each) => delta(each).slice(6, -2)).join(',')}]\n\n${STOP}${DONE}`,
  },
  'large events among small ones': {
    headers: STREAM,
    body: `${delta('a')}${delta('b')}${(TEXT.match(/[^]{1,400000}/gu) ?? []).map((each) => delta(each)).join('')}${STOP}${DONE}`,
  },
  'large lines without field names': {
    headers: STREAM,
    body: `${(delta('ab') + delta(TEXT) + STOP).replaceAll('data: ', '').replaceAll('\n\n', '\n')}${DONE}`,
  },
};

describe.each(Object.entries(FORMS))('%s', (_, reply) => {
  test.each(Object.entries(DOORS).filter(([name]) => !name.includes('its own client')))(
    'of several megabytes is the same answer by %s',
    async (__, door) => {
      await using rig = await startRig([reply]);
      const streamed = await door.stream(rig, HELLO);
      expect([streamed.code, textOf(streamed) === `ab${TEXT}`]).toEqual(['ok', true]);
      const whole = await door.create(rig, HELLO);
      expect([whole.status, whole.value?.choices[0]?.message.content === `ab${TEXT}`]).toEqual([200, true]);
    },
  );
});

test('a client that disconnects while a large answer is read ends its request at once', async () => {
  const objects = Array.from({ length: 400_000 }, () => ({}));
  for (const stream of [false, true]) {
    await using rig = await startRig([{ headers: JSON_TYPE, body: completion([choice('x')], { objects }) }]);
    const client = new AbortController();
    const sent = post(
      rig.gateway.fetch,
      'http://x/v1/chat/completions',
      { ...HELLO, stream },
      { signal: client.signal },
    );
    const failed = sent.catch(() => 'aborted');
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.endedAt !== undefined);
    client.abort();
    expect(await failed).toBe('aborted');
    expect(await rig.ended()).toMatchObject({ code: 'client_closed', trail: [{ outcome: 'cancelled' }] });
  }
});

test('a large head is not repeated in every event of a converted answer', async () => {
  const notes = Array.from({ length: 20_000 }, (_, n) => `note ${n}`);
  const choices = Array.from({ length: 50 }, (_, index) => choice('x', index));
  const body = completion(choices, { notes, system_fingerprint: 'fp' });
  await using rig = await startRig([{ headers: JSON_TYPE, body }]);
  const response = await post(rig.gateway.fetch, 'http://x/v1/chat/completions', { ...HELLO, stream: true });
  const text = await response.text();
  expect(text.split('"notes"')).toHaveLength(2);
  expect(text.split('"system_fingerprint":"fp"').length).toBe(text.split('data: {').length);
  expect(text.length).toBeLessThan(2 * body.length);
});

test('more choices than any API makes are no answer', async () => {
  const choices = Array.from({ length: 16_385 }, (_, index) => choice('x', index));
  await using rig = await startRig([{ headers: JSON_TYPE, body: completion(choices) }]);
  const { status } = await post(rig.gateway.fetch, 'http://x/v1/chat/completions', HELLO);
  const { trail } = await rig.ended();
  expect([status, trail[0]?.message]).toEqual([503, 'The answer has too many choices.']);
});

test('a large event that cannot be read fails the stream', async () => {
  const body = `${delta('a')}data: {"choices":[{"index":0,"delta":{"content":"${'x'.repeat(LARGE)}\n\n${STOP}${DONE}`;
  await using rig = await startRig([{ headers: STREAM, body }]);
  const streamed = await (DOORS['REST in process'] ?? fail()).stream(rig, HELLO);
  expect([streamed.status, textOf(streamed)]).toEqual([502, 'a']);
});

function fail(): never {
  throw new Error('There is no such door.');
}

test('an event is passed on with its own bytes, large or small', async () => {
  const events = delta('x') + sse(`{"choices":[{"index":0,"delta":{"content":"${'y'.repeat(LARGE)}"}}],  "a" : 1}`);
  await using rig = await startRig([{ headers: STREAM, body: events + STOP + DONE }]);
  const response = await post(rig.gateway.fetch, 'http://x/v1/chat/completions', { ...HELLO, stream: true });
  expect((await response.text()) === events + STOP + DONE).toBe(true);
});
