import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { type Reply, type ScriptedUpstream, startChaos, startScriptedUpstream } from '../../src/testing/index.ts';

interface Received {
  readonly text: string;
  /** `end` when the other side closed in order, otherwise the error's code. */
  readonly by: string;
}

const ENDED = 'end';

/** Sends one request over its own socket and receives everything until that is closed. */
function exchange({ port }: ScriptedUpstream, body = ''): Promise<Received> {
  const { promise, resolve } = Promise.withResolvers<Received>();
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let by = 'close';
  socket.setEncoding('utf8');
  socket.on('data', (piece) => (text += String(piece)));
  socket.once('end', () => (by = ENDED));
  socket.once('error', (error) => (by = 'code' in error ? String(error.code) : error.message));
  socket.once('close', () => resolve({ text, by }));
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  return promise;
}

test.each<[string, Reply, Received]>([
  ['a fin before any byte', { head: false, end: 'fin' }, { text: '', by: ENDED }],
  ['a reset before any byte', { head: false, end: 'rst' }, { text: '', by: 'ECONNRESET' }],
  ['bytes that are no HTTP', { raw: 'no HTTP' }, { text: 'no HTTP', by: ENDED }],
])('%s puts nothing but the scripted bytes on the wire', async (_, script, expected) => {
  await using upstream = await startScriptedUpstream({ script });
  expect(await exchange(upstream)).toEqual(expected);
});

test('a reset follows the chunks before it, and a client that has read them sees a reset', async () => {
  await using upstream = await startScriptedUpstream({ script: { chunks: ['one', 'two', { delay: 30 }], end: 'rst' } });
  const { text, by } = await exchange(upstream);
  expect(text).toMatch(/one[^]*two/);
  expect(by).toBe('ECONNRESET');
});

test('a reset right after a chunk does not drop the chunk', async () => {
  await using upstream = await startScriptedUpstream({ script: { chunks: ['one', 'two'], end: 'rst' } });
  expect((await exchange(upstream)).text).toMatch(/one[^]*two/);
});

test('only a reply that ends as done has the last chunk of HTTP, and a wrong length is sent as scripted', async () => {
  await using upstream = await startScriptedUpstream({
    script: [
      { chunks: ['one'], headers: { connection: 'close' } },
      { chunks: ['one'], end: 'fin' },
      { headers: { 'content-length': '99' }, body: 'one', end: 'fin' },
    ],
  });
  expect((await exchange(upstream)).text.endsWith('\r\n0\r\n\r\n')).toBe(true);
  expect((await exchange(upstream)).text.endsWith('one\r\n')).toBe(true);
  expect((await exchange(upstream)).text).toMatch(/content-length: 99[^]*one$/);
});

test('a header with a list of values is sent once per value', async () => {
  await using upstream = await startScriptedUpstream({ script: { headers: { 'set-cookie': ['a=1', 'b=2'] } } });
  expect((await fetch(upstream.baseUrl)).headers.getSetCookie()).toEqual(['a=1', 'b=2']);
});

test('the chaos model reset sends its tokens and then resets', async () => {
  await using chaos = await startChaos({});
  const { text, by } = await exchange(chaos, '{"model":"reset","stream":true}');
  expect(text).toContain('The water ');
  expect(by).toBe('ECONNRESET');
});

test('the chaos model silent sends nothing and keeps the socket open', async () => {
  await using chaos = await startChaos({});
  const received = exchange(chaos, '{"model":"silent"}');
  await chaos.until(({ hits }) => hits.length === 1);
  expect(chaos.sockets.open).toBe(1);
  await chaos.close();
  expect((await received).text).toBe('');
});

test('the chaos model stall sends its tokens and keeps the socket open', async () => {
  await using chaos = await startChaos({});
  const response = await fetch(chaos.baseUrl, { method: 'POST', body: '{"model":"stall","stream":true}' });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('The water ')) text += (await reader?.read())?.value ?? '';
  expect(chaos.sockets.open).toBe(1);
  expect(chaos.hits[0]?.endedAt).toBeUndefined();
  expect(chaos.hits[0]?.closedAt).toBeUndefined();
  const rest = expect(reader?.read()).rejects.toThrow();
  await chaos.close();
  await rest;
});

test.each([
  ['html', '<html>'],
  ['error-first', 'Overloaded.'],
  ['error-late', 'Overloaded.'],
])('the chaos model %s answers 200 and sends %s', async (model, text) => {
  await using chaos = await startChaos({});
  const response = await fetch(chaos.baseUrl, { method: 'POST', body: JSON.stringify({ model, stream: true }) });
  expect(response.status).toBe(200);
  expect(await response.text()).toContain(text);
});

test.each(['constructor', 'toString', '__proto__'])('the chaos upstream has no model %s', async (model) => {
  await using chaos = await startChaos({});
  const response = await fetch(chaos.baseUrl, { method: 'POST', body: JSON.stringify({ model }) });
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: 'model_not_found' } });
});
