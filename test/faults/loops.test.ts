import { expect, test } from 'vitest';
import { chatStream, responder } from '../../src/testing/index.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

test('a gateway that is its own upstream reports the loop once, and fails over', async () => {
  await using rig = await startRig([{}, responder({ content: 'from another provider' })]);
  const [, other] = rig.upstreams;
  await rig.gateway.reload({
    providers: {
      self: { baseUrl: `${rig.url}/v1`, apiKey: 'none' },
      other: { baseUrl: other?.baseUrl, apiKey: 'none' },
    },
    chains: { round: { entries: ['self/round', 'other/m'] }, only: { entries: ['self/only'] } },
  });
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, model: 'round' });
  expect([response.status, response.headers.get('x-spillway-provider')]).toEqual([200, 'other']);
  expect(rig.codes()).toEqual(['loop_detected', 'ok']);
  for (const stream of [false, true]) {
    const only = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, model: 'only', stream });
    expect([only.status, await only.json()]).toMatchObject([
      503,
      {
        error: {
          code: 'all_providers_exhausted',
          attempts: [{ provider: 'self', outcome: 'overloaded', status: 508 }],
        },
      },
    ]);
  }
});

test('two gateways that are upstreams of each other report the loop too', async () => {
  await using one = await startRig([{}]);
  await using two = await startRig([{}]);
  for (const [rig, upstream] of [
    [one, two],
    [two, one],
  ] as const)
    await rig.gateway.reload({
      providers: { next: { baseUrl: `${upstream.url}/v1`, apiKey: 'none' } },
      chains: { default: { entries: ['next/default'] } },
    });
  const response = await post(fetch, `${one.url}/v1/chat/completions`, HELLO);
  expect(response.status).toBe(503);
  expect([one.finished().length, two.finished().length]).toEqual([2, 1]);
});

test('a request is forwarded with the gateway’s own id, never the client’s, and with the gateway in its via header', async () => {
  await using rig = await startRig([chatStream({ content: 'x' })]);
  const response = await post(
    fetch,
    `${rig.url}/v1/chat/completions`,
    { ...HELLO, stream: true },
    {
      headers: { 'x-request-id': 'mine-1', via: '1.1 balancer, HTTP/2 other' },
    },
  );
  await response.text();
  const sent = rig.upstreams[0]?.hits[0]?.headers;
  expect(response.headers.get('x-request-id')).toBe('mine-1');
  expect(sent?.['x-request-id']).toBe(response.headers.get('x-spillway-request-id'));
  expect(sent?.['via']).toMatch(/^1\.1 balancer, HTTP\/2 other, 1\.1 spillway-[0-9a-f]{12}$/);
  await (await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true })).text();
  expect(rig.upstreams[0]?.hits[1]?.headers['x-request-id']).toMatch(/^req_/);
});
