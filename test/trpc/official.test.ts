import { createTRPCClient, httpBatchLink, httpLink, httpSubscriptionLink, TRPCClientError } from '@trpc/client';
import { EventSource } from 'eventsource';
import { getEventListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { httpStreamLink } from '../../client/index.ts';
import type { ChatCompletionChunk, ChatInput } from '../../src/domain/chat.ts';
import type { AppRouter } from '../../src/router/app-router.ts';
import { chatCompletion, chatStream, chunk, openaiError, type Reply, responder } from '../../src/testing/index.ts';
import { officialClient } from '../helpers/doors.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const STREAM = { 'content-type': 'text/event-stream' };
const HI = chunk({ delta: { content: 'Hi' } });
/** Long enough for an EventSource to reconnect: by default it does after 3 s. */
const WAIT_MS = 5000;

/** tRPC's client over an EventSource that sends by POST, through its `fetch` option. */
function postingClient({ url }: Rig) {
  return createTRPCClient<AppRouter>({
    links: [
      httpSubscriptionLink({
        url: `${url}/trpc`,
        EventSource,
        eventSourceOptions: ({ op }) => ({
          fetch: (to, init) =>
            fetch(String(to).split('?')[0] ?? '', {
              ...init,
              method: 'POST',
              body: JSON.stringify(op.input),
              headers: { ...init.headers, 'content-type': 'application/json' },
            }),
        }),
      }),
    ],
  });
}

/** What a subscription passes to its callbacks. */
interface Seen {
  readonly chunks: ChatCompletionChunk[];
  readonly errors: unknown[];
  readonly states: string[];
  completed: boolean;
}

type Client = Pick<ReturnType<typeof officialClient>, 'chat'>;

function subscribe(client: Client, input: ChatInput = HELLO, signal?: AbortSignal) {
  const seen: Seen = { chunks: [], errors: [], states: [], completed: false };
  const ended = Promise.withResolvers<void>();
  const first = Promise.withResolvers<void>();
  const subscription = client.chat.completions.stream.subscribe(input, {
    ...(signal === undefined ? {} : { signal }),
    onData: (piece) => {
      seen.chunks.push(piece);
      first.resolve();
    },
    onError: (error) => {
      seen.errors.push(error);
      ended.resolve();
    },
    onConnectionStateChange: ({ state }) => seen.states.push(state),
    onComplete: () => {
      seen.completed = true;
      ended.resolve();
    },
  });
  return { seen, subscription, ended: ended.promise, first: first.promise };
}

const CLIENTS: Readonly<Record<string, (rig: Rig) => Client>> = {
  'its link by GET': ({ url }) => officialClient(url, httpLink),
  'its link by POST': postingClient,
  'our link': ({ url }) => officialClient(url, httpLink, true),
};

function clientOf(name: string, rig: Rig): Client {
  const made = CLIENTS[name]?.(rig);
  if (made === undefined) throw new Error(`There is no client ${name}.`);
  return made;
}

describe.each(Object.entries(CLIENTS))("tRPC's own client over %s", (_, clientOf) => {
  test('receives every chunk and the end', async () => {
    await using rig = await startRig([openaiError(429, 'busy'), responder({ content: 'Hello to you too.' })]);
    const { seen, ended } = subscribe(clientOf(rig));
    await ended;
    expect(seen.chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Hello to you too.');
    expect([seen.errors, seen.completed]).toEqual([[], true]);
    expect(seen.states).toEqual(expect.arrayContaining(['connecting', 'pending', 'idle']));
  });

  test('unsubscribes, and the upstream ends', async () => {
    await using rig = await startRig([responder({ content: 'drop '.repeat(500), delay: 5 })]);
    const { seen, subscription, first } = subscribe(clientOf(rig));
    await first;
    subscription.unsubscribe();
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
    expect([seen.errors, seen.completed]).toEqual([[], true]);
  });

  test('aborts by its signal, and gets the end and no error', async () => {
    await using rig = await startRig([responder({ content: 'drop '.repeat(500), delay: 5 })]);
    const controller = new AbortController();
    const { seen, first, ended } = subscribe(clientOf(rig), HELLO, controller.signal);
    await first;
    controller.abort();
    await ended;
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    expect([seen.errors, seen.completed, seen.states.at(-1)]).toEqual([[], true, 'idle']);
  });

  test.each(
    Object.entries({
      'a wrong input': [{ messages: [] }, 'invalid_request', 400],
      'an unknown model': [{ ...HELLO, model: 'nowhere' }, 'model_not_found', 404],
      'a chain that is down': [HELLO, 'all_providers_exhausted', 503],
    } satisfies Record<string, [ChatInput, string, number]>),
  )('gets %s once, with its code and status, and stops', async (__, [input, code, status]) => {
    await using rig = await startRig([openaiError(500, 'down')]);
    const { seen, ended } = subscribe(clientOf(rig), input);
    await ended;
    expect(seen.errors).toHaveLength(1);
    expect(seen.errors[0]).toBeInstanceOf(TRPCClientError);
    expect(seen.errors[0]).toMatchObject({ data: { code, status, path: 'chat.completions.stream' } });
  });
});

describe.concurrent(`in the ${WAIT_MS} ms after a stream broke`, () => {
  const broken: Readonly<Record<string, Reply>> = {
    'the provider has cut it': { headers: STREAM, chunks: [HI, { delay: 20 }], end: 'rst' },
    'the provider has failed': { headers: STREAM, chunks: [HI, 'data: {"error":{"message":"boom"}}\n\n'] },
  };
  const cases = Object.keys(CLIENTS).flatMap((client) => Object.keys(broken).map((why) => [client, why] as const));

  test.each(cases)('%s does not reconnect when %s', async (client, why) => {
    await using rig = await startRig([broken[why] ?? {}]);
    const { seen, ended } = subscribe(clientOf(client, rig));
    await ended;
    expect(seen.errors).toMatchObject([{ data: { status: 502 } }]);
    await wait(WAIT_MS);
    expect([rig.upstreams[0]?.hits.length, seen.chunks.length, seen.errors.length]).toEqual([1, 1, 1]);
  });

  test.each(Object.keys(CLIENTS))('%s does not reconnect when its socket was cut', async (client) => {
    await using rig = await startRig([{ headers: STREAM, chunks: [HI], end: 'hang' }]);
    const { seen, first, subscription } = subscribe(clientOf(client, rig));
    await first;
    rig.app.server.closeAllConnections();
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    await wait(WAIT_MS);
    expect(rig.upstreams[0]?.hits).toHaveLength(1);
    // tRPC's own link would reconnect after a day; the gateway's client reports the cut as an error.
    if (client === 'our link') expect(seen.errors).toMatchObject([{ cause: { code: 'incomplete_stream' } }]);
    else expect([seen.states.at(-1), seen.errors, seen.completed]).toEqual(['connecting', [], false]);
    subscription.unsubscribe();
  });
});

test('a prompt that is too large for a URL is sent by POST and by our link', async () => {
  await using rig = await startRig([responder({ content: 'x' })]);
  const input: ChatInput = { messages: [{ role: 'user', content: 'word '.repeat(100_000) }] };
  for (const name of ['its link by POST', 'our link']) {
    const { seen, ended } = subscribe(clientOf(name, rig), input);
    await ended;
    expect([seen.errors, seen.completed]).toEqual([[], true]);
  }
  const lost = subscribe(officialClient(rig.url, httpLink), input);
  await lost.ended;
  expect(lost.seen.errors).toHaveLength(1);
  expect(rig.upstreams[0]?.hits.length).toBe(2);
});

describe.each([
  ['httpLink', httpLink],
  ['httpBatchLink', httpBatchLink],
] as const)("tRPC's own client over %s", (_, unary) => {
  test('calls every procedure', async () => {
    await using rig = await startRig([responder({ content: 'Hello to you too.' })]);
    const client = officialClient(rig.url, unary);
    expect((await client.chat.completions.create.mutate(HELLO)).choices[0]?.message.content).toBe('Hello to you too.');
    expect((await client.embeddings.create.mutate({ input: ['a', 'b'] })).data).toHaveLength(2);
    expect((await client.models.list.query()).data.map(({ id }) => id)).toEqual(['default', 'a/model-a']);
    expect((await client.models.retrieve.query({ model: 'a/model-a' })).id).toBe('a/model-a');
    expect((await client.chains.list.query()).data[0]?.entries).toEqual([{ provider: 'a', model: 'model-a' }]);
    expect(await client.health.live.query()).toEqual({ status: 'ok' });
  });

  test('gets errors with their data', async () => {
    await using rig = await startRig([openaiError(500, 'down')]);
    const failed = officialClient(rig.url, unary).chat.completions.create.mutate(HELLO);
    await expect(failed).rejects.toMatchObject({
      data: {
        code: 'all_providers_exhausted',
        type: 'upstream_error',
        param: null,
        status: 503,
        requestId: expect.stringMatching(/^req_/),
        attempts: [{ provider: 'a', outcome: 'overloaded', status: 500 }],
        retryAfter: 1,
      },
    });
  });
});

test('each call of a batch is its own request in the records, and fails by itself', async () => {
  await using rig = await startRig([
    (request) => (request.body.includes('fail') ? openaiError(400, 'no') : chatCompletion({ content: 'x' })),
  ]);
  const { create } = officialClient(rig.url, httpBatchLink).chat.completions;
  const send = (content: string) => create.mutate({ messages: [{ role: 'user', content }] });
  const results = await Promise.allSettled([send('one'), send('fail'), send('three')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await rig.ended(2);
  expect(rig.codes()).toEqual(['invalid_request', 'ok', 'ok']);
  expect(new Set(rig.finished().map(({ requestId }) => requestId)).size).toBe(3);
});

test('a batch whose client disconnects ends every upstream of it', async () => {
  await using rig = await startRig([{ head: false, end: 'hang' }]);
  const controller = new AbortController();
  const { create } = officialClient(rig.url, httpBatchLink).chat.completions;
  const calls = [1, 2, 3].map(() => create.mutate(HELLO, { signal: controller.signal }).catch(() => undefined));
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 3);
  controller.abort();
  await rig.upstreams[0]?.until(({ hits }) => hits.every(({ closedAt }) => closedAt !== undefined));
  await rig.ended(2);
  expect(rig.codes()).toEqual(['client_closed', 'client_closed', 'client_closed']);
  await Promise.all(calls);
});

test('our link keeps no listener on a signal that outlives its stream, and accepts the URLs that the others accept', async () => {
  await using rig = await startRig([chatStream({ content: 'x' })]);
  const { signal } = new AbortController();
  for (const url of [`${rig.url}/trpc`, `${rig.url}/trpc/`, `${rig.url}/trpc?tenant=a`]) {
    const client = createTRPCClient<AppRouter>({ links: [httpStreamLink({ url })] });
    const { seen, ended } = subscribe(client, HELLO, signal);
    await ended;
    expect([url, seen.errors, seen.completed]).toEqual([url, [], true]);
  }
  await new Promise(setImmediate);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('a complete stream frees its connection for the next', async () => {
  await using rig = await startRig([chatStream({ content: 'x' })]);
  let connections = 0;
  rig.app.server.on('connection', () => connections++);
  const client = officialClient(rig.url, httpLink, true);
  for (let n = 0; n < 5; n++) await subscribe(client).ended;
  // The end of one is reported a moment before its connection is free.
  expect(connections).toBeLessThanOrEqual(2);
});
