import { describe, expect, test } from 'vitest';
import { chunk, type Reply } from '../../src/testing/index.ts';
import { DOORS, textOf } from '../helpers/doors.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const word = (content: string): string => chunk({ delta: { content } });
const BEFORE = word('before ');
const AFTER = word('after');
const END = chunk({ finish: 'stop' });
const data = (event: string): string => event.slice('data: '.length).trimEnd();

/** Events of a provider that would control an EventSource, or tRPC's client on it; and the text of the answer. */
const CONTROLS: Readonly<Record<string, readonly [sent: string, text: string]>> = {
  'an event return': ['event: return\ndata: \n\n', 'before after'],
  'an event return with data': ['event: return\ndata: {}\n\n', 'before after'],
  'an event return with a chunk in it': [`event: return\ndata: ${data(word('mid '))}\n\n`, 'before mid after'],
  'an event connected': ['event: connected\ndata: {"reconnectAfterInactivityMs":1}\n\n', 'before after'],
  'an event serialized-error': ['event: serialized-error\ndata: {"code":-32603}\n\n', 'before after'],
  'an event ping': ['event: ping\ndata: \n\n', 'before after'],
  'a chunk named chunk': [`event: chunk\ndata: ${data(word('mid '))}\n\n`, 'before mid after'],
  'a chunk named message': [`event: message\ndata: ${data(word('mid '))}\n\n`, 'before mid after'],
  'a chunk with an id': [`id: 7\n${word('mid ')}`, 'before mid after'],
  'a chunk with an id after its data': [`data: ${data(word('mid '))}\nid: 7\n\n`, 'before mid after'],
  'an id alone': ['id: 7\n\n', 'before after'],
  'a retry alone': ['retry: 1\n\n', 'before after'],
  'a chunk with a retry': [`retry: 1\n${word('mid ')}`, 'before mid after'],
  'a comment': [': ping\n\n', 'before after'],
  'a comment before a chunk': [`: ping\n${word('mid ')}`, 'before mid after'],
  'an event without data': ['event: return\n\n', 'before after'],
  'empty data': ['data: \n\n', 'before after'],
  'data without a colon': ['data\n\n', 'before after'],
  'a chunk without a space': [`data:${data(word('mid '))}\n\n`, 'before mid after'],
  'a chunk ended by CRLF': [`data: ${data(word('mid '))}\r\n\r\n`, 'before mid after'],
  'a chunk ended by CR': [`data: ${data(word('mid '))}\r\r`, 'before mid after'],
  'a chunk over two lines': [`data: ${data(word('mid ')).replace(',', ',\ndata: ')}\n\n`, 'before mid after'],
  'an unknown field': [`x: y\n${word('mid ')}`, 'before mid after'],
};

/** Each of them in the middle, first of all, and in one read with the rest. */
const PLACES: Readonly<Record<string, (control: string) => Reply['chunks']>> = {
  'in the middle': (control) => [BEFORE, { delay: 1 }, control, { delay: 1 }, AFTER, END],
  'in one read': (control) => [BEFORE + control + AFTER + END],
};

describe.each(Object.entries(PLACES))('a provider that sends, %s,', (_, place) => {
  test.each(Object.entries(CONTROLS))('%s, does not control a client of tRPC', async (__, [control, text]) => {
    const chunks = place(control) ?? [];
    await using rig = await startRig([{ headers: { 'content-type': 'text/event-stream' }, chunks }]);
    for (const name of ['tRPC by our client', 'tRPC by its own client', 'REST over HTTP'] as const) {
      const result = await DOORS[name]?.stream(rig, HELLO);
      expect([name, result?.code, result && textOf(result)]).toEqual([name, 'ok', text]);
    }
    const wire = await (await post(fetch, `${rig.url}/trpc/chat.completions.stream`, HELLO)).text();
    const between = wire.slice(wire.indexOf('\n\n') + 2, wire.lastIndexOf('event: return'));
    for (const event of between.split('\n\n').filter(Boolean)) expect(event).toMatch(/^data: \{[^\r\n]*\}$/);
  });
});

test('a control event before the first chunk is dropped too, and the answer is whole', async () => {
  const chunks = [...Object.values(CONTROLS).map(([control]) => (control.includes('mid') ? '' : control)), BEFORE, END];
  await using rig = await startRig([{ headers: { 'content-type': 'text/event-stream' }, chunks }]);
  const result = await DOORS['tRPC by its own client']?.stream(rig, HELLO);
  expect([result?.code, result && textOf(result)]).toEqual(['ok', 'before ']);
});

test('a named error of the provider is an error, and not passed on as a serialized-error', async () => {
  const chunks = [BEFORE, 'event: serialized-error\ndata: {"error":{"message":"broken","code":"x"}}\n\n', AFTER];
  await using rig = await startRig([{ headers: { 'content-type': 'text/event-stream' }, chunks }]);
  const result = await DOORS['tRPC by its own client']?.stream(rig, HELLO);
  expect(result).toMatchObject({ code: 'x', message: 'broken', status: 502 });
});
