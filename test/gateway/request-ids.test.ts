import { createTRPCClient, httpBatchLink, httpBatchStreamLink, TRPCClientError } from '@trpc/client';
import { describe, expect, test } from 'vitest';
import { createClient, SpillwayError } from '../../client/index.ts';
import type { AppRouter } from '../../src/router/app-router.ts';
import { chatCompletion, chatStream, openaiError } from '../../src/testing/index.ts';
import { exchange } from '../helpers/exchange.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const OWN = /^req_[0-9a-f]{32}$/;
const ORIGIN = 'https://app.example';
const STREAM = { ...HELLO, stream: true };

/** The two ids in the head of an answer. */
const idsOf = ({ headers }: Response): (string | null)[] => [
  headers.get('x-request-id'),
  headers.get('x-spillway-request-id'),
];

test('requests that share an id of their client each have an id of the gateway, in answers, events and upstream', async () => {
  await using rig = await startRig([openaiError(500, 'busy'), chatCompletion({ content: 'Hi' })]);
  const headers = { 'x-request-id': 'retry-7' };
  const answers: (string | null)[][] = [];
  for (let n = 0; n < 3; n++) {
    const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO, { headers });
    await response.text();
    answers.push(idsOf(response));
  }
  await rig.ended(2);
  expect(answers.map(([shown]) => shown)).toEqual(['retry-7', 'retry-7', 'retry-7']);
  const own = answers.map(([, id]) => id);
  expect(new Set(own).size).toBe(3);
  for (const id of own) expect(id).toMatch(OWN);
  expect(rig.finished().map(({ requestId, clientRequestId }) => [clientRequestId, requestId])).toEqual(answers);
  const attempts = rig.events.filter((event) => event.kind === 'attempt_finished');
  expect(new Set(attempts.map(({ requestId, clientRequestId }) => `${clientRequestId} ${requestId}`))).toEqual(
    new Set(own.map((id) => `retry-7 ${id}`)),
  );
  const hits = rig.upstreams.flatMap((upstream) => upstream.hits);
  expect(new Set(hits.map((hit) => hit.headers['x-request-id']))).toEqual(new Set(own));
});

test('the gateway’s ids are ordered by the time of the accept', async () => {
  await using rig = await startRig([chatCompletion({ content: 'Hi' })]);
  await (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).text();
  const { requestId, acceptedAt } = await rig.ended();
  const time = Number.parseInt(requestId.slice('req_'.length, 'req_'.length + 12), 16);
  expect(Math.abs(time - acceptedAt)).toBeLessThan(50);
});

/** Requests that are answered in as many different places of the gateway. */
const ANSWERS: Readonly<Record<string, (rig: Rig, headers: Record<string, string>) => Promise<Response>>> = {
  'JSON over REST': ({ url }, headers) => post(fetch, `${url}/v1/chat/completions`, HELLO, { headers }),
  'a stream over REST': ({ url }, headers) => post(fetch, `${url}/v1/chat/completions`, STREAM, { headers }),
  'an error over REST': ({ url }, headers) => post(fetch, `${url}/v1/chat/completions`, {}, { headers }),
  'an unknown path': ({ url }, headers) => fetch(`${url}/nothing`, { headers }),
  'a HEAD': ({ url }, headers) => fetch(`${url}/livez`, { method: 'HEAD', headers }),
  'the description': ({ url }, headers) => fetch(`${url}/openapi.json`, { headers }),
  'a page': ({ url }, headers) => fetch(`${url}/docs/`, { headers }),
  'a page that does not exist': ({ url }, headers) => fetch(`${url}/docs/none`, { headers }),
  'a mutation': ({ url }, headers) => post(fetch, `${url}/trpc/chat.completions.create`, HELLO, { headers }),
  'an error of a mutation': ({ url }, headers) => post(fetch, `${url}/trpc/chat.completions.create`, {}, { headers }),
  'a subscription': ({ url }, headers) => post(fetch, `${url}/trpc/chat.completions.stream`, HELLO, { headers }),
  'a query': ({ url }, headers) => fetch(`${url}/trpc/models.list`, { headers }),
  'an unknown procedure': ({ url }, headers) => fetch(`${url}/trpc/nothing`, { headers }),
  'a refusal of the edge': ({ url }, headers) =>
    fetch(`${url}/livez`, { headers: { ...headers, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' } }),
  'the facade in process': ({ gateway }, headers) => gateway.fetch('http://x/v1/models', { headers }),
};

describe.each(Object.entries(ANSWERS))('the head of %s', (_, send) => {
  test('has the client’s id and the gateway’s, as the record has them', async () => {
    await using rig = await startRig([
      (request) =>
        request.body.includes('"stream":true') ? chatStream({ content: 'x' }) : chatCompletion({ content: 'x' }),
    ]);
    const given = await send(rig, { 'x-request-id': 'mine/1' });
    await given.text();
    const generated = await send(rig, {});
    await generated.text();
    const [shown, own] = idsOf(given);
    expect([shown, own]).toEqual(['mine/1', expect.stringMatching(OWN)]);
    const [first, second] = idsOf(generated);
    expect([first, first === own]).toEqual([expect.stringMatching(OWN), false]);
    expect(second).toBe(first);
    const recorded = rig.finished().map(({ requestId, clientRequestId }) => [clientRequestId, requestId]);
    expect(recorded).toContainEqual(['mine/1', own]);
    expect(recorded).toContainEqual([undefined, first]);
  });
});

test('a preflight and bytes that are no HTTP are answered with two equal ids', async () => {
  await using rig = await startRig([{}], { config: { server: { cors: { origins: [ORIGIN] } } } });
  const preflight = `OPTIONS /v1/models HTTP/1.1\r\nhost: localhost\r\norigin: ${ORIGIN}\r\naccess-control-request-method: GET\r\nconnection: close\r\n\r\n`;
  for (const bytes of [preflight, 'no HTTP\r\n\r\n']) {
    const head = await exchange(rig.url, bytes);
    const own = /^x-spillway-request-id: (req_[0-9a-f]{32})\r$/m.exec(head)?.[1];
    expect(own).toMatch(OWN);
    expect(/^x-request-id: (\S+)\r$/m.exec(head)?.[1]).toBe(own);
  }
});

test('a client cannot choose the gateway’s id', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })]);
  const headers = { 'x-spillway-request-id': 'req_00000000000000000000000000000000' };
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO, { headers });
  expect([response.status, await response.json()]).toMatchObject([400, { error: { code: 'unknown_option' } }]);
  expect(rig.upstreams[0]?.hits).toEqual([]);
});

const failing = (request: { readonly body: Buffer }) =>
  request.body.includes('fail') ? openaiError(400, 'no') : chatCompletion({ content: 'x' });

describe.each([
  ['a batch', httpBatchLink],
  ['a batch in lines', httpBatchStreamLink],
])('each call of %s', (_, link) => {
  /** Sends two failing calls and one that is answered, together. Returns the errors, and the ids in the head of the answer. */
  async function batch(rig: Rig, headers: Record<string, string>) {
    let head: (string | null)[] = [];
    const client = createTRPCClient<AppRouter>({
      links: [
        link({
          url: `${rig.url}/trpc`,
          headers,
          async fetch(input, init) {
            const response = await fetch(input, init as RequestInit);
            head = idsOf(response);
            return response;
          },
        }),
      ],
    });
    const send = (content: string) => client.chat.completions.create.mutate({ messages: [{ role: 'user', content }] });
    const results = await Promise.allSettled([send('fail'), send('fine'), send('fail')]);
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    await rig.ended(2);
    const data = errors.map((error) => {
      expect(error).toBeInstanceOf(TRPCClientError);
      return (error as TRPCClientError<AppRouter>).data;
    });
    return { head, ids: data.map((each) => [each?.requestId, each?.spillwayRequestId]) };
  }

  test('has an id of the gateway’s, in its record, upstream and in its error', async () => {
    await using rig = await startRig([failing]);
    const { head, ids } = await batch(rig, {});
    const finished = rig.finished();
    expect(new Set(finished.map(({ requestId }) => requestId)).size).toBe(3);
    expect(finished.map(({ clientRequestId }) => clientRequestId)).toEqual([undefined, undefined, undefined]);
    const failed = finished.filter(({ code }) => code !== 'ok').map(({ requestId }) => requestId);
    expect(new Set(ids.map(String))).toEqual(new Set(failed.map((id) => `${id},${id}`)));
    expect(new Set(rig.upstreams[0]?.hits.map((hit) => hit.headers['x-request-id']))).toEqual(
      new Set(finished.map(({ requestId }) => requestId)),
    );
    // The head has the ids of the first call, which fails.
    expect(head).toEqual(ids[0]);
  });

  test('has the client’s id beside it, where the batch was sent with one', async () => {
    await using rig = await startRig([failing]);
    const { head, ids } = await batch(rig, { 'x-request-id': 'mine' });
    const finished = rig.finished();
    expect(new Set(finished.map(({ requestId }) => requestId)).size).toBe(3);
    expect(finished.map(({ clientRequestId }) => clientRequestId)).toEqual(['mine', 'mine', 'mine']);
    const failed = finished.filter(({ code }) => code !== 'ok').map(({ requestId }) => requestId);
    expect(new Set(ids.map(String))).toEqual(new Set(failed.map((id) => `mine,${id}`)));
    expect(head).toEqual(['mine', ids[0]?.[1]]);
  });
});

test('errors over tRPC, before and in a stream, have the ids that the head has', async () => {
  await using rig = await startRig([openaiError(400, 'no')]);
  const headers = { 'x-request-id': 'mine' };
  for (const path of ['chat.completions.create', 'chat.completions.stream']) {
    const response = await post(fetch, `${rig.url}/trpc/${path}`, HELLO, { headers });
    const [requestId, spillwayRequestId] = idsOf(response);
    expect(await response.text()).toContain(`"requestId":"${requestId}","spillwayRequestId":"${spillwayRequestId}"`);
  }
});

test('the typed client’s error has both ids', async () => {
  await using rig = await startRig([openaiError(400, 'no')]);
  const client = createClient({
    url: rig.url,
    fetch(url, init) {
      const headers = new Headers(init?.headers);
      headers.set('x-request-id', 'mine');
      return fetch(url, { ...init, headers });
    },
  });
  const error: unknown = await client.chat.completions.create(HELLO).catch((thrown: unknown) => thrown);
  const { requestId } = await rig.ended();
  expect(error).toBeInstanceOf(SpillwayError);
  expect(error).toMatchObject({ requestId: 'mine', spillwayRequestId: requestId });
});
