import { createTRPCClient, httpBatchStreamLink, httpLink, httpSubscriptionLink, TRPCClientError } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { EventSource } from 'eventsource';
import { describe, expect, test } from 'vitest';
import { type CallerIdentity, createSpillwayRouter, toFetchHandler } from '../../src/index.ts';
import { isEventStream } from '../../src/domain/event-stream.ts';
import { chatStream, openaiError, responder } from '../../src/testing/index.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { DONE, HI, STOP, STREAM } from '../doors/replies.ts';
import { type AppContext, type MergedRouter, mergedRouter, serveMerged, userOf } from '../helpers/mounts.ts';

const URL = 'http://app.test/api';

/** A client of an application that serves the router by tRPC's adapter for web requests. */
function clientOf(
  rig: Rig,
  link: typeof httpLink | typeof httpBatchStreamLink,
  identify?: (ctx: AppContext) => CallerIdentity,
) {
  const router = mergedRouter(rig, identify);
  const serve = (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const req = new Request(input, init);
    return fetchRequestHandler({ endpoint: '/api', req, router, createContext: () => ({ user: userOf(req.headers) }) });
  };
  const headers = { 'x-user': 'alice' };
  return createTRPCClient<MergedRouter>({ links: [link({ url: URL, headers, fetch: serve as never })] });
}

async function failureOf(call: Promise<unknown>): Promise<Record<string, unknown>> {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  if (!(error instanceof TRPCClientError)) throw new Error('The call has not failed.');
  return { message: error.message, ...(error.data as object) };
}

const inAcme = ({ user }: AppContext): CallerIdentity => ({
  principal: { id: user ?? '', tenant: 'acme' },
  tags: ['web'],
});

test('each call is a request of its own under the principal of its context', async () => {
  await using rig = await startRig([responder({ content: 'served' })]);
  const client = clientOf(rig, httpBatchStreamLink, inAcme);
  const { create } = client.llm.chat.completions;
  const answers = await Promise.all([create.mutate(HELLO), create.mutate(HELLO)]);
  expect(answers.map(({ choices }) => choices[0]?.message.content)).toEqual(['served', 'served']);
  const [models, name] = await Promise.all([client.llm.models.list.query(), client.whoAmI.query()]);
  expect([models.data[0]?.id, name]).toEqual(['default', 'alice']);
  const seen = { door: 'trpc', keyId: 'alice', tenant: 'acme', tags: ['web'], code: 'ok' };
  expect(rig.finished()).toMatchObject([seen, seen, { ...seen, operation: 'models.list' }]);
  expect(new Set(rig.finished().map(({ requestId }) => requestId)).size).toBe(3);
});

test('the request of a run has the principal and the tags of its client', async () => {
  await using rig = await startRig([chatStream({ content: 'x' })]);
  const client = clientOf(rig, httpLink, inAcme);
  const { id } = await client.llm.runs.create.mutate({ ...HELLO, run: { disconnect: 'drain' } });
  await rig.ended(1);
  const own = rig.finished().find(({ operation }) => operation === 'chat.completions.stream');
  expect(own).toMatchObject({ run: id, keyId: 'alice', tenant: 'acme', tags: ['web'], code: 'ok' });
});

test('an error has the shape that the gateway itself sends, with the id of its record', async () => {
  await using rig = await startRig([openaiError(500, 'no')]);
  const client = clientOf(rig, httpLink);
  expect(await failureOf(client.llm.chat.completions.create.mutate(HELLO))).toMatchObject({
    code: 'all_providers_exhausted',
    status: 503,
    path: 'llm.chat.completions.create',
    attempts: [{ provider: 'a' }],
    spillwayRequestId: rig.finished()[0]?.requestId,
  });
  expect(await failureOf(client.llm.models.retrieve.query({ model: 7 } as never))).toMatchObject({
    code: 'invalid_request',
    status: 400,
    param: 'model',
  });
  expect(await failureOf(client.llm.chains.status.query())).toMatchObject({ code: 'forbidden', status: 403 });
  expect(rig.codes()).toEqual(['all_providers_exhausted', 'forbidden', 'invalid_request']);
});

test('without the formatter an error has tRPC’s own shape, and nothing of its cause', async () => {
  await using rig = await startRig([openaiError(500, 'secret of the provider')]);
  const t = initTRPC.context<AppContext>().create({ isDev: false });
  const router = t.router({ llm: createSpillwayRouter(rig.gateway, () => ({ principal: { id: 'x' } })) });
  const req = new Request(`${URL}/llm.chains.status`);
  const response = await fetchRequestHandler({ endpoint: '/api', req, router, createContext: () => ({ user: 'x' }) });
  expect(await response.json()).toEqual({
    error: {
      message: expect.any(String),
      code: -32003,
      data: { code: 'FORBIDDEN', httpStatus: 403, path: 'llm.chains.status' },
    },
  });
});

test('a context function that throws is that call’s 500, and other calls are answered', async () => {
  await using rig = await startRig([responder({ content: 'served' })]);
  let calls = 0;
  const client = clientOf(rig, httpBatchStreamLink, () => {
    if (++calls === 1) throw new TypeError('no session at db.internal');
    return { principal: { id: 'x' } };
  });
  const { create } = client.llm.chat.completions;
  const [failed, answered] = await Promise.all([failureOf(create.mutate(HELLO)), create.mutate(HELLO)]);
  expect([failed['code'], failed['status'], JSON.stringify(failed).includes('db.internal')]).toEqual([
    'internal_error',
    500,
    false,
  ]);
  expect(answered.choices[0]?.message.content).toBe('served');
  expect(rig.events.filter(({ kind }) => kind === 'identity_failed')).toMatchObject([
    { requestId: failed['spillwayRequestId'], problem: expect.stringContaining('db.internal') },
  ]);
});

test('a caller without a principal may call what needs none', async () => {
  await using rig = await startRig([responder({ content: 'never' })]);
  const client = clientOf(rig, httpLink, () => undefined as never);
  expect(await client.llm.health.live.query()).toMatchObject({ status: 'ok' });
  expect(await failureOf(client.llm.chat.completions.create.mutate(HELLO))).toMatchObject({ code: 'invalid_api_key' });
});

test('an attempt to resume a stream is refused, and sends nothing', async () => {
  await using rig = await startRig([chatStream({ content: 'never' })]);
  const { url } = await serveMerged(rig);
  const input = encodeURIComponent(JSON.stringify(HELLO));
  const response = await fetch(`${url}/llm.chat.completions.stream?input=${input}&lastEventId=7`);
  expect(await response.text()).toContain('This stream cannot be resumed');
  expect(rig.upstreams[0]?.hits).toEqual([]);
});

test('a stream that fails within is not sent again by tRPC’s client', async () => {
  await using rig = await startRig([{ headers: STREAM, chunks: [HI], end: 'rst' }]);
  const { url } = await serveMerged(rig);
  const client = createTRPCClient<MergedRouter>({ links: [httpSubscriptionLink({ url, EventSource })] });
  const ended = Promise.withResolvers<unknown>();
  client.llm.chat.completions.stream.subscribe(HELLO, {
    onError: ended.resolve,
    onComplete: () => ended.resolve('complete'),
  });
  await ended.promise;
  expect(rig.upstreams[0]?.hits).toHaveLength(1);
});

test('a caller in process gets the stream itself, with its fast face', async () => {
  await using rig = await startRig([chatStream({ content: 'drop '.repeat(500), delay: 5 })]);
  const caller = mergedRouter(rig).createCaller({ user: 'x' });
  const stream: unknown = await caller.llm.chat.completions.stream(HELLO);
  if (!isEventStream(stream)) throw new Error('The stream has lost its fast face.');
  await stream[Symbol.asyncDispose]();
  expect(await rig.ended()).toMatchObject({ code: 'client_closed', keyId: 'x' });
});

const served = (rig: Rig, identify?: (ctx: AppContext) => CallerIdentity) => {
  const handler = toFetchHandler(rig.gateway, {
    prefix: '/app',
    trpc: {
      router: mergedRouter(rig, identify),
      createContext({ req, resHeaders }) {
        resHeaders.append('set-cookie', 'seen=1');
        return { user: userOf(req.headers) };
      },
    },
  });
  return (path: string, init?: RequestInit) => handler(new Request(`http://app.test/app/trpc/${path}`, init));
};
const posted = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-user': 'alice' },
  body: JSON.stringify(body),
});

describe('a merged router that the gateway’s own mount serves', () => {
  test('passes the provider’s bytes of a stream on', async () => {
    const odd = 'data: {"choices":[{"index":0,"delta":{"content":"Hi" } ,"finish_reason":null}] , "x":1.0}\n\n';
    await using rig = await startRig([{ headers: STREAM, chunks: [odd, STOP, DONE] }]);
    const response = await served(rig)('llm.chat.completions.stream', posted(HELLO));
    const text = await response.text();
    expect([text.includes(odd), text.endsWith('event: return\ndata: \n\n')]).toEqual([true, true]);
    expect([response.headers.get('set-cookie'), response.headers.get('x-spillway-provider')]).toEqual(['seen=1', 'a']);
    expect(await rig.ended()).toMatchObject({ keyId: 'alice', operation: 'chat.completions.stream', code: 'ok' });
  });

  test('lets tRPC’s adapter answer the application’s procedures, queries and batches', async () => {
    await using rig = await startRig([responder({ content: 'served' })]);
    const call = served(rig);
    const headers = { 'x-user': 'alice' };
    expect(await (await call('whoAmI', { headers })).json()).toMatchObject({ result: { data: 'alice' } });
    expect((await call('llm.models.list', { headers })).status).toBe(200);
    const batch = await call(
      'llm.chat.completions.create,llm.chat.completions.create?batch=1',
      posted({ 0: HELLO, 1: HELLO }),
    );
    expect(await batch.json()).toMatchObject([{ result: { data: { object: 'chat.completion' } } }, { result: {} }]);
    const single = await call('llm.chat.completions.create', posted(HELLO));
    expect(await single.json()).toMatchObject({ result: { data: { choices: [{ message: { content: 'served' } }] } } });
    expect((await call('nothing')).status).toBe(404);
    expect((await call('toString', posted({}))).status).toBe(404);
    expect(new Set(rig.finished().map(({ keyId }) => keyId))).toEqual(new Set(['alice']));
  });

  test('a context function that throws is a 500 there too', async () => {
    await using rig = await startRig([responder({ content: 'never' })]);
    const call = served(rig, () => {
      throw new TypeError('no session');
    });
    const response = await call('llm.chat.completions.create', posted(HELLO));
    expect([response.status, (await response.text()).includes('session')]).toEqual([500, false]);
    expect(rig.events.filter(({ kind }) => kind === 'identity_failed')).toHaveLength(1);
  });
});
