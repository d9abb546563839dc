import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { createPools } from '../../src/upstream/pools.ts';
import { turns } from '../faults/wire.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';
import { startListener } from '../helpers/listener.ts';
import { certified } from '../helpers/secure.ts';
import { endpointAt, send, using } from './exchange.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
/** A body that looks like what is skipped. */
const BODY = `${CONTINUE}data: ${CONTINUE}`;
const REPLY = `HTTP/1.1 200 OK\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;
const CHUNKED = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

/** Heads that were not requested, before a reply. */
const INTERIM: Readonly<Record<string, string>> = {
  'a 100': CONTINUE,
  'a 100 with another reason': 'HTTP/1.1 100 go on\r\n\r\n',
  'a 100 without a reason': 'HTTP/1.1 100\r\n\r\n',
  'a 100 with headers': 'HTTP/1.1 100 Continue\r\nserver: x\r\nconnection: keep-alive\r\ncontent-length: 5\r\n\r\n',
  '32 times a 100': CONTINUE.repeat(32),
  'a 102': 'HTTP/1.1 102 Processing\r\n\r\n',
  'a 103': 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n',
  'a 199': 'HTTP/1.1 199 x\r\n\r\n',
  'several kinds': `${CONTINUE}HTTP/1.1 102 x\r\n\r\n${CONTINUE}HTTP/1.1 103 x\r\nlink: </x>\r\n\r\n${CONTINUE}`,
};

/** A server that answers each request by what `onRequest` writes. Requests have the body `{}`. */
function startServer(onRequest: (socket: Socket, n: number) => void) {
  let requests = 0;
  return startListener((socket) => {
    let received = '';
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      if (!received.endsWith('\r\n\r\n{}')) return;
      received = '';
      onRequest(socket, requests++);
    });
  });
}

describe.each(Object.entries(INTERIM))('%s before a reply', (_, heads) => {
  test.each([REPLY, CHUNKED])(
    'is skipped on a fresh and on a reused socket, and the body stays whole',
    async (reply) => {
      await using server = await startServer((socket) => void socket.write(heads + reply));
      await using pools = using(createPools());
      for (let n = 0; n < 3; n++) {
        expect(await send(pools, endpointAt(`http://127.0.0.1:${server.port}`))).toMatchObject({
          status: 200,
          body: BODY,
          failure: undefined,
        });
        await turns(10);
      }
      expect(server.connects()).toBe(1);
    },
  );
});

describe('an unrequested 100 Continue', () => {
  test('is skipped wherever the network cuts the bytes', async () => {
    const bytes = `${CONTINUE}HTTP/1.1 103 x\r\n\r\n${CONTINUE}${REPLY}`;
    await using server = await startServer((socket, n) => {
      const cut = n + 1;
      // Two writes of one turn would arrive as one read.
      socket.write(bytes.slice(0, cut), () => setImmediate(() => socket.write(bytes.slice(cut))));
    });
    await using pools = using(createPools());
    const endpoint = endpointAt(`http://127.0.0.1:${server.port}`);
    for (let cut = 1; cut < bytes.length; cut++)
      expect(await send(pools, endpoint), `cut at ${cut}`).toMatchObject({
        status: 200,
        body: BODY,
        failure: undefined,
      });
  });

  test('is skipped on a connection with TLS', async () => {
    const { key, cert, ca } = certified();
    const tls = createServer({ key, cert }, (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write(CONTINUE + REPLY));
    });
    using _closing = closing(tls);
    const port = await listenOnLoopback(tls);
    await using pools = using(createPools());
    const endpoint = endpointAt(`https://127.0.0.1:${port}`, { ca });
    expect(await send(pools, endpoint)).toMatchObject({ status: 200, body: BODY, failure: undefined });
  });

  test('33 of them are a flood, and the exchange fails', async () => {
    await using server = await startServer((socket) => void socket.write(CONTINUE.repeat(33) + REPLY));
    await using pools = using(createPools());
    const { status, failure } = await send(pools, endpointAt(`http://127.0.0.1:${server.port}`));
    expect([status, failure?.kind]).toEqual([undefined, 'garbled']);
  });

  test('and nothing after it is a reply that broke off', async () => {
    await using server = await startServer((socket) => void socket.end(CONTINUE));
    await using pools = using(createPools());
    const { status, failure } = await send(pools, endpointAt(`http://127.0.0.1:${server.port}`));
    expect([status, failure?.kind]).toEqual([undefined, 'cut']);
  });

  test('between two replies still ends the connection, so that no reply is assigned to the wrong request', async () => {
    await using server = await startServer((socket, n) => {
      socket.write(REPLY);
      if (n === 0) setImmediate(() => socket.write(CONTINUE));
    });
    await using pools = using(createPools());
    const endpoint = endpointAt(`http://127.0.0.1:${server.port}`);
    for (let n = 0; n < 2; n++) {
      expect(await send(pools, endpoint)).toMatchObject({ status: 200, body: BODY });
      await turns(20);
    }
    expect(server.connects()).toBe(2);
  });
});
