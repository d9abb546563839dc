import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import {
  chatStream,
  responder,
  type ScriptedUpstream,
  startDemo,
  startScriptedUpstream,
} from '../../src/testing/index.ts';

async function get({ port }: ScriptedUpstream, agent: Agent): Promise<void> {
  const sent = request({ port, host: '127.0.0.1', path: '/v1/x', agent }).end();
  const [response] = await once(sent, 'response');
  response.resume();
  await once(response, 'end');
}

function post({ baseUrl }: ScriptedUpstream, path: string, fields: object): Promise<Response> {
  return fetch(`${baseUrl}${path}`, { method: 'POST', body: JSON.stringify(fields) });
}

function fail(): never {
  throw new Error('a mistake in the condition');
}

test('requests on one reused connection have the same socket number, and others a different one', async () => {
  await using upstream = await startScriptedUpstream({ script: { body: 'x' } });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  await get(upstream, agent);
  await get(upstream, agent);
  await get(upstream, new Agent());
  expect(upstream.hits.map(({ socket }) => socket)).toEqual([1, 1, 2]);
  await upstream.until(({ sockets }) => sockets.open === 1);
  expect(upstream.sockets).toEqual({ opened: 2, closed: 1, open: 1 });
});

test('the recorded times of a delayed reply are in order', async () => {
  await using upstream = await startScriptedUpstream({ script: { delay: 30, body: 'abc' } });
  const before = performance.timeOrigin + performance.now();
  expect(await (await fetch(upstream.baseUrl)).text()).toBe('abc');
  await upstream.until(({ hits }) => hits[0]?.endedAt !== undefined);
  const [hit] = upstream.hits;
  expect(hit?.at).toBeGreaterThanOrEqual(before);
  expect((hit?.endedAt ?? 0) - (hit?.at ?? 0)).toBeGreaterThanOrEqual(28);
  expect(hit).toMatchObject({ bytesWritten: 3 });
  expect(hit?.closedAt).toBeUndefined();
});

test('a client that does not read stops the writing, and its disconnect ends it', async () => {
  const chunks = Array.from({ length: 1000 }, () => Buffer.alloc(65_536, 'x'));
  await using upstream = await startScriptedUpstream({ script: { chunks } });
  const socket = connect(upstream.port, '127.0.0.1').pause();
  socket.write('GET /v1/x HTTP/1.1\r\nhost: a\r\n\r\n');
  await upstream.until(({ hits }) => hits.length === 1);
  socket.destroy();
  await upstream.until(({ hits }) => hits[0]?.closedAt !== undefined);
  expect(upstream.hits[0]?.bytesWritten).toBeLessThan(1000 * 65_536);
});

test('a client that disconnects in the middle of a stream stops the rest of it', async () => {
  await using upstream = await startScriptedUpstream({ script: chatStream({ content: 'a '.repeat(2000), delay: 10 }) });
  const client = new AbortController();
  const response = await fetch(upstream.baseUrl, { signal: client.signal });
  await response.body?.getReader().read();
  const disconnectedAt = performance.timeOrigin + performance.now();
  client.abort();
  await upstream.until(({ hits, sockets }) => hits[0]?.closedAt !== undefined && sockets.open === 0);
  // The whole stream takes 20 s.
  expect((upstream.hits[0]?.closedAt ?? 0) - disconnectedAt).toBeLessThan(10_000);
});

test('a script may be a function of the request and its number, and may be replaced', async () => {
  await using upstream = await startScriptedUpstream({ script: async ({ path }, n) => ({ body: `${n} ${path}` }) });
  const fetchText = async (): Promise<string> => (await fetch(`${upstream.baseUrl}/a`)).text();
  expect([await fetchText(), await fetchText()]).toEqual(['0 /v1/a', '1 /v1/a']);
  upstream.script = { body: 'another' };
  expect(await fetchText()).toBe('another');
});

test('a condition that throws rejects its wait, at once or later', async () => {
  await using upstream = await startScriptedUpstream({ script: {} });
  await expect(upstream.until(fail)).rejects.toThrow('a mistake');
  const later = expect(upstream.until(({ hits }) => hits.length > 0 && fail())).rejects.toThrow('a mistake');
  expect((await fetch(upstream.baseUrl)).status).toBe(200);
  await later;
});

test('a second close resolves with the first', async () => {
  const upstream = await startScriptedUpstream({ script: {} });
  await Promise.all([upstream.close(), upstream.close()]);
  await expect(fetch(upstream.baseUrl)).rejects.toThrow();
});

test('an IPv6 host is in brackets in the base URL', async ({ skip }) => {
  const upstream = await startScriptedUpstream({ script: {}, host: '::1' }).catch(() =>
    skip('this machine has no IPv6'),
  );
  await using _ = upstream;
  expect((await fetch(upstream.baseUrl)).status).toBe(200);
});

test('the responder answers with a stream, JSON or embeddings, and the requested model', async () => {
  await using upstream = await startScriptedUpstream({ script: responder({ content: 'a b' }) });
  const chat = await post(upstream, '/chat/completions', { model: 'm' });
  expect(await chat.json()).toMatchObject({ model: 'm', choices: [{ message: { content: 'a b' } }] });
  const fields = { model: 'm', stream: true, stream_options: { include_usage: true } };
  const stream = await (await post(upstream, '/chat/completions', fields)).text();
  expect(stream.match(/"content":"[ab] ?"/g)).toEqual(['"content":"a "', '"content":"b"']);
  expect(stream).toContain('"usage":{');
  expect(stream.endsWith('data: [DONE]\n\n')).toBe(true);
  const embedded = await post(upstream, '/embeddings', { model: 'm', input: ['x', 'y'] });
  expect(await embedded.json()).toMatchObject({ model: 'm', data: [{ index: 0 }, { index: 1 }] });
});

test('the demo answers 429 in the provider’s error format, and streams its answer word by word', async () => {
  await using demo = await startDemo();
  const refused = await post(demo.busy, '/chat/completions', {});
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
  const text = await (await post(demo.answering, '/chat/completions', { stream: true })).text();
  expect(text).toContain('"content":"Spillway "');
});
