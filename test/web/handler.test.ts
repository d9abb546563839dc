import { createTRPCClient, httpBatchLink, httpBatchStreamLink, httpLink } from '@trpc/client';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import type { AppRouter } from '../../src/router/app-router.ts';
import { type Reply, responder } from '../../src/testing/index.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const HANG: Reply = { head: false, end: 'hang' };

const shown = async (response: Response) => ({
  status: response.status,
  type: response.headers.get('content-type'),
  allow: response.headers.get('allow'),
  ids: ['x-request-id', 'x-spillway-request-id'].map((name) => response.headers.has(name)),
  body: (await response.text()).replaceAll(/req_[0-9a-f]{32}|"created":\d+/g, '?'),
});

/** The answer of the HTTP edge and of the `fetch` in process to one request, without what differs from request to request. */
async function bothAnswers(
  rig: { readonly url: string; readonly gateway: { fetch: typeof fetch } },
  path: string,
  init: RequestInit,
) {
  const own = { ...init, redirect: 'manual' as const };
  return [await shown(await fetch(rig.url + path, own)), await shown(await rig.gateway.fetch(rig.url + path, own))];
}

const json = { 'content-type': 'application/json' };
const body = JSON.stringify(HELLO);
const batch = JSON.stringify({ 0: HELLO, 1: HELLO });
const TWO = '/trpc/chat.completions.create,chat.completions.create?batch=1';

test.each<[string, string, RequestInit]>([
  ['an answer', '/v1/chat/completions', { method: 'POST', headers: json, body }],
  [
    'a stream',
    '/chat/completions',
    { method: 'POST', headers: json, body: JSON.stringify({ ...HELLO, stream: true }) },
  ],
  ['a mutation of tRPC', '/trpc/chat.completions.create', { method: 'POST', headers: json, body }],
  ['a subscription by POST', '/trpc/chat.completions.stream', { method: 'POST', headers: json, body }],
  ['a subscription by GET', `/trpc/chat.completions.stream?input=${encodeURIComponent(body)}`, {}],
  ['a query of tRPC', '/trpc/models.list', {}],
  ['an encoded path', '/trpc/models%2Elist', {}],
  ['a batch of tRPC', TWO, { method: 'POST', headers: json, body: batch }],
  ['a batch of queries', '/trpc/models.list,health.live?batch=1', {}],
  ['a batch with an unknown procedure', '/trpc/models.list,nothing?batch=1', {}],
  ['an unknown procedure', '/trpc/nothing', {}],
  ['a path of a procedure that is too deep', '/trpc/models/list', {}],
  ['tRPC without a procedure', '/trpc/', {}],
  ['a wrong method of tRPC', '/trpc/models.list', { method: 'PUT', headers: json, body: '{}' }],
  ['a HEAD of tRPC', '/trpc/models.list', { method: 'HEAD' }],
  ['a body that is not JSON', '/trpc/chat.completions.create?batch=1', { method: 'POST', headers: json, body: '{' }],
  [
    'a wrong type',
    '/trpc/chat.completions.create',
    { method: 'POST', headers: { 'content-type': 'text/plain' }, body },
  ],
  ['the page', '/docs/', {}],
  ['the page without its slash', '/docs', {}],
  ['a HEAD of the page', '/docs/', { method: 'HEAD' }],
  ['a POST to the page', '/docs/', { method: 'POST', headers: json, body: '{}' }],
  ['a file that the page has not', '/docs/nothing', {}],
  ['the description', '/openapi.json', {}],
  ['a list', '/v1/models', {}],
  ['an unknown path', '/nothing', {}],
])('%s is answered in process as over HTTP', async (_, path, init) => {
  await using rig = await startRig([responder({ content: 'served' })]);
  const [http, fetched] = await bothAnswers(rig, path, init);
  expect(fetched).toEqual(http);
  const records = rig.finished().map(({ door, operation, status, code }) => ({ door, operation, status, code }));
  expect(records.slice(records.length / 2)).toEqual(records.slice(0, records.length / 2));
});

describe('clients of tRPC in process', () => {
  test.each([
    ['single calls', httpLink],
    ['batches', httpBatchLink],
    ['batches in lines', httpBatchStreamLink],
  ])('get the answers of %s, each in a record of its own', async (_, link) => {
    await using rig = await startRig([responder({ content: 'served' })]);
    const { fetch: own } = rig.gateway;
    const client = createTRPCClient<AppRouter>({ links: [link({ url: 'http://spillway/trpc', fetch: own as never })] });
    const [answer, models] = await Promise.all([
      client.chat.completions.create.mutate(HELLO),
      client.models.list.query(),
    ]);
    expect([answer.choices[0]?.message.content, models.data[0]?.id]).toEqual(['served', 'default']);
    expect(rig.finished()).toMatchObject([{ principal: 'internal', code: 'ok' }, { code: 'ok' }]);
  });

  test('that abort a batch end the upstream, and the call fails with their reason', async () => {
    await using rig = await startRig([HANG]);
    for (const [n, headers] of [json, { ...json, 'trpc-accept': 'application/jsonl' }].entries()) {
      const controller = new AbortController();
      const init = { method: 'POST', headers, body: batch, signal: controller.signal };
      const pending = rig.gateway.fetch(`http://spillway${TWO}`, init).then((response) => response.text());
      await rig.upstreams[0]?.until(({ hits }) => hits.length === 2 * (n + 1));
      controller.abort(new TypeError('the caller has enough'));
      await expect(pending).rejects.toThrow('the caller has enough');
      await rig.upstreams[0]?.until(({ hits }) => hits.every(({ closedAt }) => closedAt !== undefined));
      await rig.ended(2 * n + 1);
    }
    expect(rig.codes()).toEqual(Array.from({ length: 4 }, () => 'client_closed'));
  });

  test('that cancel a batch in lines end the upstream', async () => {
    await using rig = await startRig([HANG]);
    const headers = { ...json, 'trpc-accept': 'application/jsonl' };
    const response = await rig.gateway.fetch(`http://spillway${TWO}`, { method: 'POST', headers, body: batch });
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 2);
    await response.body?.cancel();
    await rig.ended(1);
    expect(rig.codes()).toEqual(['client_closed', 'client_closed']);
  });
});

test('our own client in process streams, and its signal ends the upstream', async () => {
  await using rig = await startRig([responder({ content: 'drop '.repeat(500), delay: 5 })]);
  const client = createClient({ url: 'http://spillway', fetch: rig.gateway.fetch });
  expect((await client.models.list()).data[0]?.id).toBe('default');
  for await (const chunk of client.chat.completions.stream(HELLO))
    if (chunk.choices[0]?.delta.content === 'drop ') break;
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  expect(await rig.ended(1)).toMatchObject({ door: 'trpc', principal: 'internal', code: 'client_closed' });
});

test('a request whose signal is aborted already rejects, and nothing runs', async () => {
  await using rig = await startRig([responder({ content: 'never' })]);
  const signal = AbortSignal.abort(new TypeError('too late'));
  await expect(post(rig.gateway.fetch, 'http://x/v1/chat/completions', HELLO, { signal })).rejects.toThrow('too late');
  expect([rig.upstreams[0]?.hits, rig.finished()]).toEqual([[], []]);
});
