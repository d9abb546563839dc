import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createClient, type SpillwayError } from '../../../client/index.ts';
import type { ChatCompletionChunk } from '../../../src/domain/chat.ts';
import type { RunEvent } from '../../../src/domain/run.ts';
import { type Chunk, chatStream, chunk, openaiError, type Reply } from '../../../src/testing/index.ts';
import { post, type Rig } from '../../helpers/gateway.ts';
import { HELLO } from '../../helpers/hello.ts';
import { REDIS, RedisServer } from '../../helpers/redis.ts';
import { type Replicas, startReplicas } from '../../helpers/replicas.ts';

type Event = RunEvent<ChatCompletionChunk>;

const client = ({ url }: Rig, apiKey?: string) => createClient({ url, apiKey });
const [KEY_ONE, KEY_TWO] = ['spillway-key-number-one', 'spillway-key-number-two'];
const KEYS = [
  { name: 'one', key: KEY_ONE },
  { name: 'two', key: KEY_TWO },
];
const DRAIN = { ...HELLO, run: { disconnect: 'drain' } } as const;

async function all(stream: AsyncIterable<Event>): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

const textOf = (events: readonly Event[]): string =>
  events.map((event) => (event.type === 'chunk' ? (event.chunk.choices[0]?.delta.content ?? '') : '')).join('');

/** A stream that sends these words and then nothing more. */
function silentAfter(...words: readonly string[]): Reply {
  const chunks: Chunk[] = words.map((word) => chunk({ delta: { content: word } }));
  return { headers: { 'content-type': 'text/event-stream' }, chunks, end: 'hang' };
}

const codeOf = (promise: Promise<unknown>): Promise<string | null> =>
  promise.then(
    () => 'ok',
    (error: unknown) => (error as SpillwayError).code,
  );

async function withRedis(): Promise<RedisServer> {
  const redis = await RedisServer.start();
  onTestFinished(() => redis[Symbol.asyncDispose]());
  return redis;
}

async function replicas(...args: Parameters<typeof startReplicas>): Promise<Replicas> {
  const started = await startReplicas(...args);
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

function nth(rigs: readonly Rig[], index: number): Rig {
  const rig = rigs[index];
  if (rig === undefined) throw new RangeError('no such replica');
  return rig;
}

describe.skipIf(REDIS === undefined)('a run of another replica', () => {
  test('is read from its first event, and shown with its answer', async () => {
    const { rigs, hits } = await replicas(
      await withRedis(),
      chatStream({ content: 'Hello there', usage: true, delay: 5 }),
    );
    const [a, b] = [client(nth(rigs, 0)), client(nth(rigs, 1))];
    const { id } = await a.runs.create(DRAIN);
    const events = await all(b.runs.stream({ runId: id }));
    expect(textOf(events)).toBe('Hello there');
    expect(events.at(-1)).toMatchObject({ type: 'done', usage: { total_tokens: 21 } });
    const shown = await b.runs.get({ runId: id });
    expect(shown).toEqual(await a.runs.get({ runId: id }));
    expect(shown).toMatchObject({
      status: 'completed',
      answer: { choices: [{ message: { content: 'Hello there' } }] },
    });
    expect(hits()).toBe(1);
  });

  test('is read over REST, also as named events, behind any of its events', async () => {
    const { rigs } = await replicas(await withRedis(), chatStream({ content: 'Hello there', delay: 5 }));
    const { id } = await client(nth(rigs, 0)).runs.create(DRAIN);
    const read = async (rig: Rig, query: string): Promise<string> =>
      (await fetch(`${rig.url}/v1/runs/${id}/events${query}`)).text();
    const own = await read(nth(rigs, 0), '?include=all');
    for (const query of ['?include=all', '', '?starting_after=3', '?include=all&starting_after=2'])
      expect(await read(nth(rigs, 1), query)).toBe(await read(nth(rigs, 0), query));
    expect(own).toContain('event: committed');
    expect(own.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test.each([
    ['unknown', 404, 'run_not_found'],
    ['foreign', 404, 'run_not_found'],
    ['expired', 404, 'run_not_found'],
  ])('is a %s one: %i %s, by all that may be asked of it', async (which, status, code) => {
    const { rigs } = await replicas(await withRedis(), chatStream({ content: 'x' }), {
      config: { auth: { keys: KEYS }, runs: { keep: which === 'expired' ? 1 : 60_000 } },
    });
    const owner = client(nth(rigs, 0), KEY_ONE);
    const created = await owner.runs.create(DRAIN);
    await vi.waitFor(async () => {
      const shown = await codeOf(owner.runs.get({ runId: created.id }));
      if (shown !== (which === 'expired' ? 'run_not_found' : 'ok')) throw new Error(String(shown));
    });
    const id = which === 'unknown' ? `run_${'0'.repeat(32)}` : created.id;
    const authorization = `Bearer ${which === 'foreign' ? KEY_TWO : KEY_ONE}`;
    const call = async (path: string, init: RequestInit = {}): Promise<unknown> => {
      const response = await fetch(`${nth(rigs, 1).url}/v1/runs/${id}${path}`, { ...init, headers: { authorization } });
      const { error } = (await response.json()) as { error: { code: string; message: string } };
      return [response.status, error.code, error.message.includes(id)];
    };
    const refused = [status, code, false];
    expect(await call('')).toEqual(refused);
    expect(await call('/events')).toEqual(refused);
    expect(await call('/events?starting_after=1')).toEqual(refused);
    expect(await call('/cancel', { method: 'POST' })).toEqual(refused);
  });

  test('refuses a wrong position as its owner does, one beyond its end after a second', async () => {
    const { rigs } = await replicas(await withRedis(), silentAfter('a', 'b'));
    const { id } = await client(nth(rigs, 0)).runs.create(DRAIN);
    const events = (query: string): Promise<Response> => fetch(`${nth(rigs, 1).url}/v1/runs/${id}/events${query}`);
    expect((await events(`?lastEventId=run_${'1'.repeat(32)}:1`)).status).toBe(400);
    const began = performance.now();
    const beyond = await events('?starting_after=100');
    expect(beyond.status).toBe(400);
    expect(await beyond.text()).toContain('beyond the last event');
    expect(performance.now() - began).toBeGreaterThan(900);
  });

  test('answers 410 for an event whose successor is no longer kept', async () => {
    const words = Array.from({ length: 3000 }, (_, n) => `word${n}`);
    const { rigs } = await replicas(await withRedis(), chatStream({ content: words.join(' ') }), {
      config: { runs: { maxBytes: 64 * 1024 } },
    });
    const { id } = await client(nth(rigs, 0)).runs.create(DRAIN);
    const last = await vi.waitFor(async () => {
      const shown = await client(nth(rigs, 1)).runs.get({ runId: id });
      if (shown.status !== 'completed') throw new Error(shown.status);
      expect(shown.answer).toBeNull();
      return Number(shown.last_event_id?.split(':')[1]);
    });
    const events = (after: number): Promise<Response> =>
      fetch(`${nth(rigs, 1).url}/v1/runs/${id}/events?starting_after=${after}`);
    expect((await events(1)).status).toBe(410);
    expect(await (await events(last - 20)).text()).toContain('[DONE]');
  });

  test('that has failed ends with the same error', async () => {
    const { rigs } = await replicas(await withRedis(), openaiError(400, 'never'));
    const { id } = await client(nth(rigs, 0)).runs.create(DRAIN);
    const read = async (rig: Rig): Promise<string> => (await fetch(`${rig.url}/v1/runs/${id}/events`)).text();
    expect(await all(client(nth(rigs, 1)).runs.stream({ runId: id }))).toEqual(
      await all(client(nth(rigs, 0)).runs.stream({ runId: id })),
    );
    expect(await read(nth(rigs, 1))).toBe(await read(nth(rigs, 0)));
    expect(await client(nth(rigs, 1)).runs.get({ runId: id })).toEqual(
      await client(nth(rigs, 0)).runs.get({ runId: id }),
    );
  });

  test('is cancelled: its request to the provider ends, and its readers have the error', async () => {
    const { rigs } = await replicas(await withRedis(), silentAfter('a'));
    const { id } = await client(nth(rigs, 0)).runs.create(DRAIN);
    const reading = all(client(nth(rigs, 2)).runs.stream({ runId: id }));
    await vi.waitFor(() => expect(nth(rigs, 0).upstreams[0]?.hits.length).toBe(1));
    const cancelled = await client(nth(rigs, 1)).runs.cancel({ runId: id });
    expect(cancelled).toMatchObject({ id, status: 'cancelled', error: { code: 'run_cancelled', status: 499 } });
    expect((await reading).at(-1)).toMatchObject({ type: 'error', error: { code: 'run_cancelled' } });
    await vi.waitFor(() => expect(nth(rigs, 0).upstreams[0]?.hits[0]?.closedAt).toBeDefined());
    // After the end it changes nothing.
    expect(await client(nth(rigs, 1)).runs.cancel({ runId: id })).toEqual(cancelled);
  });
});

describe.skipIf(REDIS === undefined)('a run that ends without readers', () => {
  test('counts those of other replicas: the last one’s disconnect ends it', async () => {
    const { rigs } = await replicas(await withRedis(), silentAfter('a'));
    const { id } = await client(nth(rigs, 0)).runs.create({ ...HELLO, run: { disconnect: 'abort' } });
    const read = async (rig: Rig): Promise<AbortController> => {
      const left = new AbortController();
      const { promise, resolve } = Promise.withResolvers<void>();
      void (async () => {
        for await (const event of client(rig).runs.stream({ runId: id }, { signal: left.signal }))
          if (event.type === 'chunk') resolve();
      })().catch(() => undefined);
      await promise;
      return left;
    };
    const [first, second] = [await read(nth(rigs, 1)), await read(nth(rigs, 2))];
    const own = await read(nth(rigs, 0));
    own.abort();
    first.abort();
    await vi.waitFor(() => expect(nth(rigs, 1).codes()).toContain('client_closed'));
    expect(await client(nth(rigs, 1)).runs.get({ runId: id })).toMatchObject({ status: 'running' });
    second.abort();
    await vi.waitFor(async () =>
      expect(await client(nth(rigs, 1)).runs.get({ runId: id })).toMatchObject({ status: 'cancelled' }),
    );
    await vi.waitFor(() => expect(nth(rigs, 0).upstreams[0]?.hits[0]?.closedAt).toBeDefined());
  });
});

describe.skipIf(REDIS === undefined)('an idempotency key', () => {
  const keyed = { ...HELLO, run: { disconnect: 'drain', idempotencyKey: 'one' } } as const;

  test('makes one run, whichever replicas get it at once', async () => {
    const { rigs, hits } = await replicas(await withRedis(), chatStream({ content: 'x', delay: 20 }));
    const created = await Promise.all([...rigs, ...rigs].map((rig) => client(rig).runs.create(keyed)));
    expect(new Set(created.map(({ id }) => id)).size).toBe(1);
    const runId = created[0]?.id ?? '';
    const texts = await Promise.all(rigs.map(async (rig) => textOf(await all(client(rig).runs.stream({ runId })))));
    expect(texts).toEqual(['x', 'x', 'x']);
    expect(hits()).toBe(1);
    const other = client(nth(rigs, 2)).runs.create({ ...keyed, seed: 1 });
    expect(await codeOf(other)).toBe('idempotency_conflict');
  });

  test('of a stream of chat leads to the chunks of the run at another replica', async () => {
    const { rigs, hits } = await replicas(await withRedis(), chatStream({ content: 'Hello there', delay: 10 }));
    const headers = { 'x-spillway-run': 'drain', 'idempotency-key': 'two' };
    const ask = (rig: Rig): Promise<Response> =>
      post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true }, { headers });
    const responses = [await ask(nth(rigs, 0)), await ask(nth(rigs, 1))];
    const [first, second] = await Promise.all(responses.map((response) => response.text()));
    expect(second).toBe(first);
    expect(responses[1]?.headers.get('x-spillway-run')).toBe(responses[0]?.headers.get('x-spillway-run'));
    expect(hits()).toBe(1);
  });

  test('of a request that is refused is free for another one', async () => {
    const { rigs } = await replicas(await withRedis(), chatStream({ content: 'x' }));
    const refused = client(nth(rigs, 0)).runs.create({ ...keyed, messages: [] });
    expect(await codeOf(refused)).toBe('invalid_request');
    expect(await codeOf(client(nth(rigs, 1)).runs.create(keyed))).toBe('ok');
  });
});

describe.skipIf(REDIS === undefined)('a response in the background of another replica', () => {
  const background = { model: 'default', input: 'Hi', background: true } as const;

  test('is retrieved, and streamed behind a sequence number', async () => {
    const { rigs, hits } = await replicas(await withRedis(), chatStream({ content: 'Hello there', delay: 5 }));
    const made = await post(fetch, `${nth(rigs, 0).url}/v1/responses`, background);
    const { id } = (await made.json()) as { id: string };
    const get = (rig: Rig, query = ''): Promise<Response> => fetch(`${rig.url}/v1/responses/${id}${query}`);
    expect(['queued', 'in_progress', 'completed']).toContain(
      ((await (await get(nth(rigs, 1))).json()) as Event & { status: string }).status,
    );
    const whole = await (await get(nth(rigs, 1), '?stream=true')).text();
    expect(whole).toContain('response.completed');
    expect(whole).toBe(await (await get(nth(rigs, 0), '?stream=true')).text());
    for (const after of [0, 3])
      expect(await (await get(nth(rigs, 1), `?stream=true&starting_after=${after}`)).text()).toBe(
        await (await get(nth(rigs, 0), `?stream=true&starting_after=${after}`)).text(),
      );
    expect(await (await get(nth(rigs, 2))).json()).toEqual(await (await get(nth(rigs, 0))).json());
    expect(hits()).toBe(1);
  });

  test('is cancelled, and removed', async () => {
    const { rigs } = await replicas(await withRedis(), { status: 200, chunks: [{ delay: 60_000 }], end: 'hang' });
    const made = await post(fetch, `${nth(rigs, 0).url}/v1/responses`, background);
    const { id } = (await made.json()) as { id: string };
    const cancelled = await fetch(`${nth(rigs, 1).url}/v1/responses/${id}/cancel`, { method: 'POST' });
    expect(await cancelled.json()).toMatchObject({ id, status: 'cancelled' });
    expect((await fetch(`${nth(rigs, 1).url}/v1/responses/${id}`, { method: 'DELETE' })).status).toBe(200);
    await vi.waitFor(async () => expect((await fetch(`${nth(rigs, 0).url}/v1/responses/${id}`)).status).toBe(404));
    expect((await fetch(`${nth(rigs, 2).url}/v1/responses/${id}`)).status).toBe(404);
  });
});
