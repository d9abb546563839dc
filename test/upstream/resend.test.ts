import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createPools } from '../../src/upstream/pools.ts';
import { turns } from '../faults/wire.ts';
import { startListener } from '../helpers/listener.ts';
import { endpointAt, send, using } from './exchange.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** A server that answers the first request of each connection and passes the next one to `onSecond`. Counts requests. */
async function startServer(onSecond: (socket: Socket) => void) {
  let requests = 0;
  const listener = await startListener((socket) => {
    let ofSocket = 0;
    socket.on('data', () => {
      requests++;
      if (++ofSocket === 1) socket.write(OK);
      else onSecond(socket);
    });
  });
  return { ...listener, requests: () => requests };
}

/** A socket is free for the next request some turns after the end of a reply. */
const kept = (): Promise<void> => turns(10);

test('a request whose reused socket is reset before a reply is sent once more on a fresh one', async () => {
  await using server = await startServer((socket) => socket.resetAndDestroy());
  await using pools = using(createPools());
  const endpoint = endpointAt(`http://127.0.0.1:${server.port}`);
  expect(await send(pools, endpoint)).toMatchObject({ body: 'ok' });
  await kept();
  expect(await send(pools, endpoint)).toMatchObject({ body: 'ok', failure: undefined });
  expect([server.requests(), server.connects()]).toEqual([3, 2]);
});

test('a request whose reused socket brings no HTTP has been received, and is not sent again', async () => {
  await using server = await startServer((socket) => void socket.end('no HTTP at all\r\n\r\n'));
  await using pools = using(createPools());
  const endpoint = endpointAt(`http://127.0.0.1:${server.port}`);
  expect(await send(pools, endpoint)).toMatchObject({ body: 'ok' });
  await kept();
  expect(await send(pools, endpoint)).toMatchObject({ status: undefined, failure: { kind: 'garbled' } });
  expect([server.requests(), server.connects()]).toEqual([2, 1]);
});
