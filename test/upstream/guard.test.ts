import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { createPools } from '../../src/upstream/pools.ts';
import { startListener } from '../helpers/listener.ts';
import { endpointAt, send, using } from './exchange.ts';

const REFUSED = 'The address of the provider is private, which the configuration does not allow.';

/** A resolver with scripted answers, one after the other, that records the names it resolves. */
function resolver(...answers: readonly (readonly string[])[]): LookupFunction & { readonly resolved: () => string[] } {
  const resolved: string[] = [];
  const lookup: LookupFunction = (hostname, _, callback) => {
    const all = answers[Math.min(resolved.length, answers.length - 1)] ?? [];
    resolved.push(hostname);
    setImmediate(() =>
      callback(
        null,
        all.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
    );
  };
  return Object.assign(lookup, { resolved: () => resolved });
}

test.each([
  ['127.0.0.1'],
  ['127.0.0.2'],
  ['0.0.0.0'],
  ['::1'],
  ['::'],
  ['::ffff:127.0.0.1'],
  ['10.0.0.1'],
  ['192.168.0.1'],
  ['100.64.0.1'],
  ['fd00::1'],
  ['64:ff9b::7f00:1'],
  ['2002:7f00:1::'],
  ['169.254.169.254'],
  ['fe80::1'],
  ['127.0.0.1', '::1'],
])('a name that resolves to %s is not connected to', async (...addresses) => {
  await using listener = await startListener();
  const lookup = resolver(addresses);
  await using pools = using(createPools({ lookup }));
  const { failure } = await send(pools, endpointAt(`http://provider.test:${listener.port}`, { private: false }));
  expect(failure).toMatchObject({ kind: 'refused', message: REFUSED });
  expect(lookup.resolved()).toEqual(['provider.test']);
  expect(listener.connects()).toBe(0);
});

test('a name is resolved for each connection, so the addresses of a rebound name are checked', async () => {
  await using listener = await startListener((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}'));
  });
  const lookup = resolver(['127.0.0.1'], ['169.254.169.254'], ['127.0.0.1']);
  await using pools = using(createPools({ lookup }));
  const endpoint = endpointAt(`http://provider.test:${listener.port}`);
  expect(await send(pools, endpoint)).toMatchObject({ status: 200, body: '{}' });
  expect((await send(pools, endpoint)).failure?.message).toBe(REFUSED);
  expect(await send(pools, endpoint)).toMatchObject({ status: 200 });
  expect([lookup.resolved().length, listener.connects()]).toEqual([3, 2]);
});

test('only the allowed ones of several addresses are connected to', async () => {
  await using listener = await startListener((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
  });
  await using pools = using(createPools({ lookup: resolver(['169.254.169.254', '127.0.0.1']) }));
  expect(await send(pools, endpointAt(`http://provider.test:${listener.port}`))).toMatchObject({ status: 200 });
  expect(listener.connects()).toBe(1);
});

test.each(['127.0.0.1', '[::1]', '169.254.169.254', '[fe80::1]', '[::ffff:127.0.0.1]'])(
  'the literal address %s is checked at the connection, whatever was checked before',
  async (host) => {
    await using listener = await startListener();
    const lookup = resolver(['127.0.0.1']);
    await using pools = using(createPools({ lookup }));
    const { failure } = await send(pools, endpointAt(`http://${host}:${listener.port}`, { private: false }));
    expect(failure).toMatchObject({ kind: 'refused', message: REFUSED });
    expect([listener.connects(), lookup.resolved()]).toEqual([0, []]);
  },
);

test('TLS does not bypass the guard', async () => {
  await using listener = await startListener();
  await using pools = using(createPools({ lookup: resolver(['127.0.0.1']) }));
  const { failure } = await send(pools, endpointAt(`https://provider.test:${listener.port}`, { private: false }));
  expect([failure?.message, listener.connects()]).toEqual([REFUSED, 0]);
});
