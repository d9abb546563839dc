import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { chatCompletion } from '../../src/testing/index.ts';
import { turns } from '../faults/wire.ts';
import { fakeClock } from '../helpers/clock.ts';
import { exchange } from '../helpers/exchange.ts';
import { type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const LIMIT_MS = 400;
/** Longer than the limit takes on any machine, and shorter than the default limits. */
const HANGS_MS = 20_000;
const OPTIONS: RigOptions = {
  config: { server: { headersTimeout: LIMIT_MS, bodyTimeout: LIMIT_MS, keepAliveTimeout: LIMIT_MS } },
};

interface Slow {
  readonly socket: Socket;
  /** The whole answer, and after how many milliseconds the connection closed. */
  readonly ended: Promise<{ readonly text: string; readonly ms: number }>;
}

/** Sends the start of a request, and a byte of the rest now and then, if any. */
function dribble(rig: Rig, start: string, byte = ''): Slow {
  const began = performance.now();
  const socket = connect(Number(new URL(rig.url).port), '127.0.0.1', () => void socket.write(start));
  const timer = setInterval(() => byte === '' || socket.destroyed || socket.write(byte), 50);
  const { promise: ended, resolve } = Promise.withResolvers<{ text: string; ms: number }>();
  let text = '';
  socket.on('data', (piece) => (text += piece.toString()));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearInterval(timer);
    resolve({ text, ms: performance.now() - began });
  });
  return { socket, ended };
}

/** A connection, by both of its ends. */
async function connected(rig: Rig): Promise<[socket: Socket, [served: Socket]]> {
  const served = once(rig.app.server, 'connection') as Promise<[Socket]>;
  return [connect(Number(new URL(rig.url).port), '127.0.0.1'), await served];
}

const POST = 'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

test.each([
  ['a head that stops', 'GET /livez HTTP/1.1\r\nhost: lo', ''],
  ['a head that dribbles', 'GET /livez HTTP/1.1\r\nhost: localhost\r\nx-a: ', 'a'],
  ['a connection that sends nothing', '', ''],
  ['a body that stops', `${POST}content-length: 100\r\n\r\n{`, ''],
  ['a body in chunks that stops', `${POST}transfer-encoding: chunked\r\n\r\n5\r\n{`, ''],
  ['a body that never begins', `${POST}content-length: 100\r\n\r\n`, ''],
  [
    'a body of a batch that stops',
    `${POST.replace('/v1/chat/completions', '/trpc/chat.completions.create?batch=1')}content-length: 100\r\n\r\n{`,
    '',
  ],
  [
    'a body of a stream of tRPC that stops',
    `${POST.replace('/v1/chat/completions', '/trpc/chat.completions.stream')}content-length: 100\r\n\r\n{`,
    '',
  ],
] as const)('HE-08 %s is cut with a 408 at its time limit', async (_, start, byte) => {
  await using rig = await startRig([chatCompletion({ content: 'x' })], OPTIONS);
  const { text, ms } = await dribble(rig, start, byte).ended;
  expect(text).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
  expect(text).toMatch(/connection: close/i);
  expect(text).toMatch(/x-request-id: req_/);
  expect(text).toContain('"code":"request_timeout"');
  expect(ms).toBeGreaterThan(LIMIT_MS - 50);
  expect(ms).toBeLessThan(HANGS_MS);
  expect(rig.upstreams[0]?.hits).toEqual([]);
  if (start.startsWith('POST')) expect(await rig.ended()).toMatchObject({ status: 408, code: 'request_timeout' });
});

test('a body that is sent slowly, but within the limit, is read', async () => {
  const clock = fakeClock();
  await using rig = await startRig([chatCompletion({ content: 'hello' })], { ...OPTIONS, clock });
  const [socket, [served]] = await connected(rig);
  const body = `${JSON.stringify(HELLO)}${' '.repeat(20)}`;
  let sent = `${POST}connection: close\r\ncontent-length: ${body.length}\r\n\r\n`;
  socket.write(sent);
  for (const byte of body) {
    socket.write(byte);
    sent += byte;
    while (served.bytesRead < sent.length && !served.destroyed) await turns(1);
    clock.advance(LIMIT_MS / body.length);
  }
  let text = '';
  for await (const piece of socket) text += String(piece);
  expect(text).toMatch(/^HTTP\/1.1 200 [^]*hello/);
});

test('a body whose bytes arrive one by one may take no longer than the longest pause, because they are few', async () => {
  const clock = fakeClock();
  await using rig = await startRig([{}], { ...OPTIONS, clock });
  const [socket, [served]] = await connected(rig);
  let sent = `${POST}connection: close\r\ncontent-length: 1000\r\n\r\n`;
  socket.write(sent);
  let bytes = 0;
  for (; !served.destroyed && bytes < 500; bytes++) {
    socket.write(' ');
    sent += ' ';
    while (served.bytesRead < sent.length && !served.destroyed) await turns(1);
    clock.advance(LIMIT_MS / 10);
    await turns(2);
    if (served.bytesWritten > 0) break;
  }
  let text = '';
  for await (const piece of socket) text += String(piece);
  expect(text).toMatch(/^HTTP\/1.1 408 [^]*more slowly than 1 MB in 10000 ms/);
  expect(bytes).toBeGreaterThan(9);
  expect(bytes).toBeLessThan(14);
});

test('an idle connection is kept for its time after an answer, and closed without an answer', async () => {
  await using rig = await startRig([{}], OPTIONS);
  const { text, ms } = await dribble(rig, 'GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n').ended;
  expect(text.match(/HTTP\/1\.1 \d{3} /g)).toEqual(['HTTP/1.1 200 ']);
  expect(ms).toBeGreaterThan(LIMIT_MS - 50);
  expect(ms).toBeLessThan(HANGS_MS);
});

test('500 slow clients and 500 idle ones are all cut, delay no other client, and nothing of them remains', async () => {
  await using rig = await startRig([chatCompletion({ content: 'hello' })], OPTIONS);
  const closed: Promise<unknown>[] = [];
  let open = 0;
  rig.app.server.on('connection', (socket: Socket) => {
    open++;
    closed.push(once(socket, 'close').then(() => open--));
  });
  const starts = [`${POST}content-length: 100\r\n\r\n{`, 'GET /livez HTTP/1.1\r\nx: ', '', ''];
  const all = Array.from({ length: 1000 }, (_, n) => dribble(rig, starts[n % 4] ?? ''));
  await Promise.all(all.map(({ socket }) => once(socket, 'connect')));
  const healthy = await exchange(rig.url, 'GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  expect(healthy).toMatch(/^HTTP\/1.1 200 /);
  // Answered while others are still open, so not after them.
  expect(open).toBeGreaterThan(0);
  const ends = await Promise.all(all.map(({ ended }) => ended));
  expect(ends.filter(({ text }) => !text.startsWith('HTTP/1.1 408'))).toEqual([]);
  expect(await Promise.all(closed)).toHaveLength(1001);
});
