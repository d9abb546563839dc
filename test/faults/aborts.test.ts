import { once } from 'node:events';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { chatStream, chunk, type Reply, responder } from '../../src/testing/index.ts';
import { HI, ROLE, STREAM } from '../doors/replies.ts';
import { HELLO, startRig } from '../helpers/gateway.ts';
import { rawCaller, written } from './wire.ts';

// Who leaves in which state, and by a reset or a FIN (AB-01, AB-02, AB-03, AB-09), stands in test/http/abort.test.ts.

const words = (n: number): Reply => ({
  headers: STREAM,
  chunks: [ROLE, ...Array.from({ length: n }, () => HI)],
  end: 'hang',
});

test('AB-06 each of many callers who leave at some point is one row, as gone, with what was answered estimated', async () => {
  const many = 200;
  await using rig = await startRig([(_, n) => words((n % 7) + 1), chatStream({ content: 'never' })]);
  for (let n = 0; n < many; n++) {
    const socket = rawCaller(rig);
    let seen = '';
    for await (const piece of socket) {
      seen += String(piece);
      if (seen.split('Hi').length > n % 7) break;
    }
    socket.resetAndDestroy();
  }
  await rig.ended(many - 1);
  expect(rig.codes()).toEqual(Array.from({ length: many }, () => 'client_closed'));
  for (const { usageSource, usage } of rig.finished()) {
    expect(usageSource).toBe('estimated');
    expect(usage?.output).toBeGreaterThan(0);
  }
  expect(rig.upstreams[1]?.hits).toEqual([]);
});

test('AB-06 a caller who leaves before any answer is one row without usage', async () => {
  await using rig = await startRig([{ head: false, end: 'hang' }]);
  const socket = rawCaller(rig);
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
  socket.resetAndDestroy();
  expect(await rig.ended()).toMatchObject({ code: 'client_closed', usageSource: 'none', usage: undefined });
});

test('AB-07 callers who leave cost one connection each and leave none', async () => {
  const many = 50;
  await using rig = await startRig([responder({ content: 'drop '.repeat(500), delay: 5 })]);
  for (let n = 0; n < many; n++) {
    const socket = rawCaller(rig);
    await once(socket, 'data');
    socket.resetAndDestroy();
    await rig.ended(n);
  }
  await rig.upstreams[0]?.until(({ sockets }) => sockets.open === 0);
  expect(rig.upstreams[0]?.sockets.opened).toBeLessThanOrEqual(2 * many);
});

test('AB-10 a caller who leaves as the last event comes is one row, whichever was first', async () => {
  const many = 300;
  await using rig = await startRig([chatStream({ content: 'a b c' })]);
  for (let n = 0; n < many; n++) {
    const socket = rawCaller(rig);
    // The head comes first, and with it or soon after all the rest.
    await once(socket, 'data');
    if (n % 3 === 0) socket.resetAndDestroy();
    else if (n % 3 === 1) setImmediate(() => socket.resetAndDestroy());
    else socket.end();
    await rig.ended(n);
  }
  expect(rig.finished()).toHaveLength(many);
  expect(new Set(rig.codes()).size).toBeLessThanOrEqual(2);
  for (const code of rig.codes()) expect(['ok', 'client_closed']).toContain(code);
});

test('AB-11 a caller who leaves an upstream that takes nothing any more costs no longer than himself', async () => {
  // It accepts and reads nothing: a request that does not fit its buffers is never through.
  const deaf = createServer({ pauseOnConnect: true }, (socket) => void socket.on('error', () => undefined));
  deaf.listen(0, '127.0.0.1');
  await once(deaf, 'listening');
  const address = deaf.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await using rig = await startRig([], {
    bodyLimit: 64 * 1024 * 1024,
    config: {
      providers: { a: { baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'none' } },
      chains: { default: { entries: ['a/m'] } },
    },
  });
  const connected = once(deaf, 'connection');
  const content = 'x'.repeat(16 * 1024 * 1024);
  const socket = rawCaller(rig, '/v1/chat/completions', { ...HELLO, messages: [{ role: 'user', content }] });
  await connected;
  socket.resetAndDestroy();
  expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
  deaf.close();
});

test('an abort ends an answer that is being decoded, and one that is read as another kind than was asked', async () => {
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
    const socket = rawCaller(rig, '/v1/chat/completions', { ...HELLO, stream });
    await written(rig.upstreams[0], 1);
    socket.resetAndDestroy();
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
    expect(rig.upstreams[1]?.hits).toEqual([]);
  }
});
