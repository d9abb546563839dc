import * as undici from 'undici';
import { expect, test } from 'vitest';
import { chatStream, startScriptedUpstream } from '../../src/testing/index.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { makeConnector, Pool } from '../../src/upstream/undici.ts';
import { turns } from '../faults/wire.ts';
import { certified } from '../helpers/secure.ts';
import { endpointAt, send, using } from './exchange.ts';

const words = chatStream({ content: 'a b c d e f g h', delay: 2 });

test('the parts of undici loaded from their own files are those that its index exports', () => {
  expect(Pool).toBe(undici.Pool);
  expect(makeConnector).toBe(undici.buildConnector);
});

test('CF-04 endpoints that are added and removed under running requests break none, and no socket remains', async () => {
  await using first = await startScriptedUpstream({ script: words });
  await using second = await startScriptedUpstream({ script: words });
  const [a, b] = [first, second].map(({ port }) => endpointAt(`http://127.0.0.1:${port}`));
  const pools = createPools();
  if (a === undefined || b === undefined) throw new Error('no endpoints');
  const pending = [];
  for (let n = 0; n < 200; n++) {
    pending.push(send(pools, n % 2 === 0 ? a : b));
    pools.retain([[a], [b], [a, b], []][n % 4] ?? []);
    if (n % 5 === 0) await turns(3);
  }
  const results = await Promise.all(pending);
  expect(results.filter(({ failure, body }) => failure !== undefined || !body.includes('[DONE]'))).toEqual([]);
  pools.retain([]);
  await Promise.all([first, second].map((upstream) => upstream.until(({ sockets }) => sockets.open === 0)));
  expect([first.hits.length, second.hits.length]).toEqual([100, 100]);
  await pools.close();
});

test('a request of an older configuration is answered, and its connection is closed after it', async () => {
  await using upstream = await startScriptedUpstream({ script: words });
  const endpoint = endpointAt(`http://127.0.0.1:${upstream.port}`);
  await using pools = using(createPools());
  pools.retain([]);
  for (let n = 0; n < 3; n++) {
    expect((await send(pools, endpoint)).body).toContain('[DONE]');
    await upstream.until(({ sockets }) => sockets.open === 0);
  }
  expect(upstream.sockets.opened).toBe(3);
});

test('an exchange with an endpoint that is not retained ends with its abort, or with the pools', async () => {
  await using upstream = await startScriptedUpstream({ script: { head: false, end: 'hang' } });
  const endpoint = endpointAt(`http://127.0.0.1:${upstream.port}`);
  const pools = createPools();
  const controller = new AbortController();
  const cancelled = send(pools, endpoint, controller.signal);
  await upstream.until(({ hits }) => hits.length === 1);
  pools.retain([]);
  controller.abort();
  await cancelled;
  await upstream.until(({ sockets }) => sockets.open === 0);
  const broken = send(pools, endpoint);
  await upstream.until(({ hits }) => hits.length === 2);
  await pools.close();
  expect((await broken).failure?.kind).toBe('refused');
  await upstream.until(({ sockets }) => sockets.open === 0);
});

test('endpoints that differ in their trusted authorities or allowed addresses share no connection', async () => {
  await using pools = using(createPools());
  const origin = 'https://provider.test';
  const { ca } = certified();
  expect(pools.get(endpointAt(origin))).toBe(pools.get(endpointAt(origin)));
  expect(pools.get(endpointAt(origin))).not.toBe(pools.get(endpointAt(origin, { private: false })));
  expect(pools.get(endpointAt(origin))).not.toBe(pools.get(endpointAt(origin, { ca })));
});
