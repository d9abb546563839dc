import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { postJson } from '../../src/observe/post-json.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';

/** How many signals a signal keeps that were made from it. Node has them in a set, which is a member of the signal. */
function keptBy(signal: AbortSignal): number {
  const name = Object.getOwnPropertySymbols(signal).find(({ description }) => description === 'kDependantSignals');
  return name === undefined ? 0 : (Reflect.get(signal, name) as ReadonlySet<unknown>).size;
}

test('a post leaves nothing at a signal that outlives it', async () => {
  const server = createServer((request, response) => void request.resume().on('end', () => response.end()));
  using _closing = closing(server);
  const url = `http://127.0.0.1:${await listenOnLoopback(server)}/`;
  const { signal } = new AbortController();
  for (let n = 0; n < 3; n++)
    expect(await postJson({ url, signal, body: [Buffer.from('{}')] })).toMatchObject({ status: 200 });
  expect(keptBy(signal)).toBe(0);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  // So that this test fails where Node keeps them elsewhere.
  AbortSignal.any([signal]);
  expect(keptBy(signal)).toBe(1);
});

test.each<[string, string, unknown]>([
  ['changes the protocol', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', 101],
  ['has no body', 'HTTP/1.1 204 No Content\r\n\r\n', 204],
  ['comes after a 100', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', 200],
  ['breaks off after its head', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab', 200],
  ['redirects', 'HTTP/1.1 307 Temporary Redirect\r\nlocation: /\r\ncontent-length: 0\r\n\r\n', 307],
  ['is no HTTP', 'hello\r\n\r\n', 'unreachable'],
])('a post ends with an answer that %s', async (_, answer, status) => {
  const server = createTcpServer((socket) => void socket.once('data', () => socket.end(answer)));
  using _closing = closing(server);
  const url = `http://127.0.0.1:${await listenOnLoopback(server)}/`;
  const { signal } = new AbortController();
  expect(await postJson({ url, signal, body: [Buffer.from('{}')] })).toMatchObject({ status });
});
