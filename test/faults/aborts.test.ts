import { once } from 'node:events';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { chatStream, chunk, type Reply, responder } from '../../src/testing/index.ts';
import { HI, ROLE, STREAM } from '../doors/replies.ts';
import { startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';
import { rawClient, written } from './wire.ts';

// test/http/abort.test.ts covers disconnects in each state of a request, by a reset or a FIN (AB-01, AB-02, AB-03, AB-09).

const words = (n: number): Reply => ({
  headers: STREAM,
  chunks: [ROLE, ...Array.from({ length: n }, () => HI)],
  end: 'hang',
});

test('AB-06 each of many clients that disconnect from a stream has one record: client_closed, with an estimated usage', async () => {
  const count = 200;
  await using rig = await startRig([(_, n) => words((n % 7) + 1), chatStream({ content: 'never' })]);
  for (let n = 0; n < count; n++) {
    const socket = rawClient(rig);
    let received = '';
    for await (const piece of socket) {
      received += String(piece);
      if (received.split('Hi').length > n % 7) break;
    }
    socket.resetAndDestroy();
  }
  await rig.ended(count - 1);
  expect(rig.codes()).toEqual(Array.from({ length: count }, () => 'client_closed'));
  for (const { usageSource, usage } of rig.finished()) {
    expect(usageSource).toBe('estimated');
    expect(usage?.output).toBeGreaterThan(0);
  }
  expect(rig.upstreams[1]?.hits).toEqual([]);
});

test('AB-06 a client that disconnects before any answer has one record, with the estimated usage of its prompt', async () => {
  await using rig = await startRig([{ head: false, end: 'hang' }]);
  const socket = rawClient(rig);
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
  socket.resetAndDestroy();
  expect(await rig.ended()).toMatchObject({
    code: 'client_closed',
    usageSource: 'estimated',
    usage: { input: expect.any(Number) as number, output: 0 },
  });
});

test('AB-07 clients that disconnect cost one connection each, and none stays open', async () => {
  const count = 50;
  await using rig = await startRig([responder({ content: 'drop '.repeat(500), delay: 5 })]);
  for (let n = 0; n < count; n++) {
    const socket = rawClient(rig);
    await once(socket, 'data');
    socket.resetAndDestroy();
    await rig.ended(n);
  }
  await rig.upstreams[0]?.until(({ sockets }) => sockets.open === 0);
  expect(rig.upstreams[0]?.sockets.opened).toBeLessThanOrEqual(2 * count);
});

test('AB-10 a client that disconnects at the last event has one record, whichever is first', async () => {
  const count = 300;
  await using rig = await startRig([chatStream({ content: 'a b c' })]);
  for (let n = 0; n < count; n++) {
    const socket = rawClient(rig);
    // The head arrives first, and the rest with it or soon after.
    await once(socket, 'data');
    if (n % 3 === 0) socket.resetAndDestroy();
    else if (n % 3 === 1) setImmediate(() => socket.resetAndDestroy());
    else socket.end();
    await rig.ended(n);
  }
  expect(rig.finished()).toHaveLength(count);
  expect(new Set(rig.codes()).size).toBeLessThanOrEqual(2);
  for (const code of rig.codes()) expect(['ok', 'client_closed']).toContain(code);
});

test('AB-11 a request to an upstream that has stopped reading ends when its client disconnects', async () => {
  // It accepts connections and reads nothing, so a request that exceeds the socket's buffers is never sent whole.
  const stalled = createServer({ pauseOnConnect: true }, (socket) => void socket.on('error', () => undefined));
  using _closing = closing(stalled);
  const port = await listenOnLoopback(stalled);
  await using rig = await startRig([], {
    bodyLimit: 64 * 1024 * 1024,
    config: {
      providers: { a: { baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'none' } },
      chains: { default: { entries: ['a/m'] } },
    },
  });
  const connected = once(stalled, 'connection');
  const content = 'x'.repeat(16 * 1024 * 1024);
  const socket = rawClient(rig, '/v1/chat/completions', { ...HELLO, messages: [{ role: 'user', content }] });
  await connected;
  socket.resetAndDestroy();
  expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
});

test('a disconnect ends an answer that is being decoded, and one that is converted between JSON and a stream', async () => {
  const flushed = gzipSync(ROLE + HI, { finishFlush: 2 });
  const gzip: Reply = { headers: { ...STREAM, 'content-encoding': 'gzip' }, chunks: [flushed], end: 'hang' };
  const json: Reply = { headers: { 'content-type': 'application/json' }, chunks: ['{"id":'], end: 'hang' };
  const events: Reply = { headers: STREAM, chunks: [ROLE, chunk({ delta: { content: 'x' } })], end: 'hang' };
  for (const [reply, stream] of [
    [gzip, true],
    [json, true],
    [events, false],
  ] as const) {
    await using rig = await startRig([reply, chatStream({ content: 'never' })]);
    const socket = rawClient(rig, '/v1/chat/completions', { ...HELLO, stream });
    await written(rig.upstreams[0], 1);
    socket.resetAndDestroy();
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
    expect(rig.upstreams[1]?.hits).toEqual([]);
  }
});
