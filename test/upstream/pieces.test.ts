import { expect, test } from 'vitest';
import { createPools } from '../../src/upstream/pools.ts';
import { turns } from '../faults/wire.ts';
import { startListener } from '../helpers/listener.ts';
import { endpointAt, sendBody, using } from './exchange.ts';

const PIECES = ['{"model":', '"m"', `,"x":"${'a'.repeat(5_000_000)}"}`].map((text) => Buffer.from(text));
const BODY = Buffer.concat(PIECES).toString();

/** A server that answers each request once its whole body has arrived, or cuts the connection at the n-th request's first bytes. */
async function startServer(cutAt: number) {
  const bodies: string[] = [];
  let requests = 0;
  const listener = await startListener((socket) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => {
      if (text === '' && ++requests === cutAt) return socket.destroy();
      text += piece;
      const head = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/.exec(text)?.[1]);
      if (text.length < head + 4 + length) return undefined;
      expect(text.slice(0, head)).not.toContain('transfer-encoding');
      bodies.push(text.slice(head + 4));
      text = '';
      return socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
  });
  return { ...listener, bodies, requests: () => requests };
}

test('a body in pieces arrives as one, with its length', async () => {
  await using server = await startServer(0);
  await using pools = using(createPools());
  const endpoint = endpointAt(`http://127.0.0.1:${server.port}`);
  expect(await sendBody(pools, endpoint, { body: PIECES })).toMatchObject({ body: 'ok' });
  await turns(10);
  expect(await sendBody(pools, endpoint, { body: PIECES })).toMatchObject({ body: 'ok' });
  expect(server.bodies.every((body) => body === BODY)).toBe(true);
  expect([server.bodies.length, server.connects()]).toEqual([2, 1]);
});

test('a body in pieces is not sent again where its new connection breaks', async () => {
  await using server = await startServer(1);
  await using pools = using(createPools());
  const endpoint = endpointAt(`http://127.0.0.1:${server.port}`);
  expect(await sendBody(pools, endpoint, { body: PIECES })).toMatchObject({ status: undefined });
  expect([server.requests(), server.connects()]).toEqual([1, 1]);
});

test('a body in pieces is sent once more, whole, where a reused connection breaks', async () => {
  await using server = await startServer(2);
  await using pools = using(createPools());
  const endpoint = endpointAt(`http://127.0.0.1:${server.port}`);
  await sendBody(pools, endpoint, { body: PIECES });
  await turns(10);
  expect(await sendBody(pools, endpoint, { body: PIECES })).toMatchObject({ body: 'ok' });
  expect([server.requests(), server.bodies.length, server.bodies.at(-1) === BODY]).toEqual([3, 2, true]);
});

test('an abort while the connection is opened ends the attempt to open it', async () => {
  await using server = await startListener();
  await using pools = using(createPools());
  const controller = new AbortController();
  const sent = sendBody(pools, endpointAt(`http://127.0.0.1:${server.port}`), {
    body: PIECES,
    signal: controller.signal,
  });
  controller.abort();
  expect(await sent).toMatchObject({ status: undefined, failure: undefined });
  await turns(20);
  expect(server.open()).toBe(0);
});
