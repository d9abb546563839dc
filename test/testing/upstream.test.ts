import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { CHAOS, chatCompletion, startChaos, startDemo, startScriptedUpstream } from '../../src/testing/index.ts';

const post = (url: string, body = '{}'): Promise<Response> => fetch(url, { method: 'POST', body });

test('a list of replies is sent in sequence, the last one for all further requests, and every hit is recorded', async () => {
  await using upstream = await startScriptedUpstream({ script: [{ status: 500 }, chatCompletion({ content: 'x' })] });
  const statuses = [];
  for (let n = 0; n < 3; n++) statuses.push((await post(`${upstream.baseUrl}/chat/completions`, `{"n":${n}}`)).status);
  expect(statuses).toEqual([500, 200, 200]);
  expect(upstream.hits.map(({ path, method, body }) => [method, path, body.toString()])).toEqual(
    [0, 1, 2].map((n) => ['POST', '/v1/chat/completions', `{"n":${n}}`]),
  );
  await upstream.until(({ hits }) => hits.every(({ endedAt, at }) => (endedAt ?? 0) >= at));
  upstream.reset();
  expect((await post(upstream.baseUrl)).status).toBe(500);
  expect(upstream.hits).toHaveLength(1);
});

test.each(['fin', 'rst'] as const)('an end by %s cuts the body', async (end) => {
  await using upstream = await startScriptedUpstream({ script: { chunks: ['a', { delay: 10 }], end } });
  await expect(post(upstream.baseUrl).then((response) => response.text())).rejects.toThrow();
});

test('a client that disconnects stops a scripted delay, and its socket is counted as closed', async () => {
  await using upstream = await startScriptedUpstream({ script: { delay: 60_000 } });
  const socket = connect(upstream.port, '127.0.0.1');
  socket.write('GET /v1/x HTTP/1.1\r\nhost: a\r\n\r\n');
  await upstream.until(({ hits }) => hits.length === 1);
  expect(upstream.sockets).toEqual({ opened: 1, closed: 0, open: 1 });
  socket.destroy();
  await upstream.until(({ hits, sockets }) => hits[0]?.closedAt !== undefined && sockets.open === 0);
});

test('a condition that never holds rejects after its timeout', async () => {
  await using upstream = await startScriptedUpstream({ script: {} });
  await expect(upstream.until(({ hits }) => hits.length > 0, 20)).rejects.toThrow('within 20 ms');
});

test('closing twice has the effect of closing once', async () => {
  const upstream = await startScriptedUpstream({ script: { head: false, end: 'hang' } });
  const pending = post(upstream.baseUrl);
  await upstream.until(({ hits }) => hits.length === 1);
  await Promise.all([expect(pending).rejects.toThrow(), upstream.close()]);
  await upstream.close();
});

test('the chaos upstream behaves as its models say, and lists them for an unknown one', async () => {
  await using chaos = await startChaos({});
  const request = (model: string): Promise<Response> =>
    post(`${chaos.baseUrl}/chat/completions`, JSON.stringify({ model, stream: true }));
  for (const status of ['429', '500', '401', '404', '400']) expect((await request(status)).status).toBe(Number(status));
  for (const broken of ['refuse', 'garbage']) await expect(request(broken)).rejects.toThrow();
  for (const cut of ['truncate', 'reset'])
    await expect(request(cut).then((response) => response.text())).rejects.toThrow();
  expect(await (await request('ok')).text()).toContain('[DONE]');
  expect(await (await request('empty')).text()).toBe('data: [DONE]\n\n');
  const { error } = (await (await request('unknown')).json()) as { error: { message: string } };
  for (const name of Object.keys(CHAOS)) expect(error.message).toContain(name);
});

test('the demo has an upstream that is rate limited and one that answers', async () => {
  await using demo = await startDemo();
  expect((await post(`${demo.busy.baseUrl}/chat/completions`)).headers.get('retry-after')).toBe('1');
  expect((await post(`${demo.answering.baseUrl}/chat/completions`)).status).toBe(200);
});
