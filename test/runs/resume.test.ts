import { createTRPCClient, httpLink, httpSubscriptionLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import { expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import type { ChatCompletionChunk } from '../../src/domain/chat.ts';
import type { CallerIdentity } from '../../src/index.ts';
import type { RunEvent } from '../../src/domain/run.ts';
import type { AppRouter } from '../../src/router/app-router.ts';
import { chatStream } from '../../src/testing/index.ts';
import { startCuttingProxy } from '../helpers/cutting-proxy.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { type MergedRouter, MOUNTS, serveMerged } from '../helpers/mounts.ts';

type Event = RunEvent<ChatCompletionChunk>;

const CUTS = 20;
const WORDS = 400;
const TEXT = Array.from({ length: WORDS }, (_, n) => `word${n} `).join('');
/** An attempt and a commit, the role, the words, the finish reason, and the end. */
const EVENTS = 2 + 1 + WORDS + 1 + 1;

/** A small generator of numbers from 0 to below 1, the same for each seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

const RUN = { ...HELLO, run: { disconnect: 'drain' } } as const;

const numberOf = (id: string): number => Number(id.split(':')[1]);
const textOf = (events: readonly Event[]): string =>
  events.map((event) => (event.type === 'chunk' ? (event.chunk.choices[0]?.delta.content ?? '') : '')).join('');

/** What a way of reading has received: the numbers of the events, and the text. */
interface Received {
  readonly numbers: readonly number[];
  readonly text: string;
}

/** A gateway as it is served: its own URL, and that of the proxy that cuts. */
interface Served {
  readonly own: string;
  readonly cut: string;
}

/** One way of reading a run, that goes on by itself or behind the last id. */
interface Way {
  /** Where the gateway is served; its own server unless given. */
  readonly serve?: (rig: Rig) => Promise<string>;
  readonly read: (served: Served) => Promise<Received>;
}

async function byOurClient({ own, cut }: Served): Promise<Received> {
  const { id: runId } = await createClient({ url: own }).runs.create(RUN);
  const events: Event[] = [];
  const numbers: number[] = [];
  const stream = createClient({ url: cut }).runs.stream({ runId });
  for await (const event of stream) {
    events.push(event);
    numbers.push(numberOf(stream.lastEventId ?? ''));
  }
  return { numbers, text: textOf(events) };
}

/** The subscription of a client of tRPC, which goes on by itself. */
interface Subscription {
  subscribe(
    input: { readonly runId: string },
    handlers: {
      readonly onData: (event: { readonly id: string; readonly data: unknown }) => void;
      readonly onComplete: () => void;
      readonly onError: (error: unknown) => void;
    },
  ): unknown;
}

function bySubscription(stream: Subscription, runId: string): Promise<Received> {
  const events: Event[] = [];
  const numbers: number[] = [];
  return new Promise((resolve, reject) => {
    stream.subscribe(
      { runId },
      {
        onData({ id, data }) {
          events.push(data as Event);
          numbers.push(numberOf(id));
        },
        onComplete: () => resolve({ numbers, text: textOf(events) }),
        onError: reject,
      },
    );
  });
}

/** tRPC's adapter names no time after which an EventSource reconnects, and without one it waits for three seconds. */
const fetchWithRetry = async (url: string | URL, init: object): Promise<Response> => {
  const response = await fetch(url, init);
  const body = response.body!.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from('retry: 50\n\n')),
    }),
  );
  return Object.defineProperty(new Response(body, response), 'url', { value: response.url });
};

const asApp = (): CallerIdentity => ({ principal: { id: 'app' } });

const mountOf =
  (name: 'Express' | 'a plugin of Fastify'): NonNullable<Way['serve']> =>
  async (rig) =>
    (await MOUNTS[name](rig, { principal: asApp })).url;

const WAYS: Readonly<Record<string, Way>> = {
  'our client': { read: byOurClient },
  'our client, through Express': { serve: mountOf('Express'), read: byOurClient },
  'our client, through a plugin of Fastify': { serve: mountOf('a plugin of Fastify'), read: byOurClient },
  'tRPC’s own link': {
    async read({ own, cut }) {
      const { id } = await createClient({ url: own }).runs.create(RUN);
      const link = httpSubscriptionLink({ url: `${cut}/trpc`, EventSource });
      return bySubscription(createTRPCClient<AppRouter>({ links: [link] }).runs.stream, id);
    },
  },
  'tRPC’s own link, from a merged router by tRPC’s adapter': {
    serve: async (rig) => (await serveMerged(rig)).url,
    async read({ own, cut }) {
      const create = createTRPCClient<MergedRouter>({ links: [httpLink({ url: own })] }).llm.runs.create;
      const { id } = await create.mutate(RUN);
      const link = httpSubscriptionLink({ url: cut, EventSource, eventSourceOptions: { fetch: fetchWithRetry } });
      return bySubscription(createTRPCClient<MergedRouter>({ links: [link] }).llm.runs.stream, id);
    },
  },
  'REST, by starting_after': {
    async read({ own, cut }) {
      const { id } = await createClient({ url: own }).runs.create(RUN);
      return readByRest((last) => fetch(`${cut}/v1/runs/${id}/events?include=all&starting_after=${last}`));
    },
  },
  'REST, by Last-Event-ID': {
    async read({ own, cut }) {
      const { id } = await createClient({ url: own }).runs.create(RUN);
      const url = `${cut}/v1/runs/${id}/events?include=all`;
      return readByRest((last) => fetch(url, last === 0 ? {} : { headers: { 'last-event-id': `${id}:${last}` } }));
    },
  },
  'REST, from a chat completion on': {
    async read({ cut }) {
      const body = { ...HELLO, stream: true };
      const headers = { 'x-spillway-run': 'detach; grace=60s', 'idempotency-key': 'one' };
      let runId: string | undefined;
      return readByRest(async (last) => {
        if (runId !== undefined) return fetch(`${cut}/v1/runs/${runId}/events?starting_after=${last}`);
        const response = await post(fetch, `${cut}/v1/chat/completions`, body, { headers });
        runId = response.headers.get('x-spillway-run') ?? undefined;
        return response;
      });
    },
  },
  'our client, from a chat completion on': {
    async read({ cut }) {
      let text = '';
      const run = { disconnect: 'detach', graceMs: 60_000 } as const;
      for await (const chunk of createClient({ url: cut }).chat.completions.stream(HELLO, { run }))
        text += chunk.choices[0]?.delta.content ?? '';
      return { numbers: [], text };
    },
  },
};

test('in process, a reader that breaks off 20 times goes on behind its last event', async () => {
  await using rig = await startRig([chatStream({ content: TEXT, delay: 1 })]);
  const { runs } = rig.gateway.caller;
  const { id: runId } = await runs.create(RUN);
  const random = randomFrom(1);
  const events: Event[] = [];
  const ids: string[] = [];
  for (let cut = 0; cut <= CUTS; cut++) {
    let left = cut < CUTS ? Math.floor(random() * 20) : Infinity;
    for await (const { id, data } of await runs.stream({ runId, lastEventId: ids.at(-1) })) {
      ids.push(id);
      events.push(data);
      if (left-- === 0) break;
    }
  }
  expect(ids).toEqual(Array.from({ length: EVENTS }, (_, n) => `${runId}:${n + 1}`));
  expect(textOf(events)).toBe(TEXT);
  expect(rig.upstreams[0]?.hits.length).toBe(1);
});

test('through a fetch handler, a reader that cancels its response 20 times goes on behind its last event', async () => {
  await using rig = await startRig([chatStream({ content: TEXT, delay: 1 })]);
  const mounted = await MOUNTS['a fetch handler'](rig, { principal: asApp });
  const { id } = await createClient(mounted).runs.create(RUN);
  const random = randomFrom(2);
  let cuts = 0;
  const { numbers, text } = await readByRest(async (last) => {
    const url = `${mounted.url}/v1/runs/${id}/events?include=all&starting_after=${last}`;
    const response = await mounted.fetch(url, {});
    if (cuts === CUTS) return response;
    let left = 1 + Math.floor(random() * 20);
    const cut = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        if (left-- > 0) return controller.enqueue(piece);
        cuts++;
        controller.error(new TypeError('cut'));
      },
    });
    return new Response(response.body!.pipeThrough(cut));
  });
  expect(numbers).toEqual(Array.from({ length: EVENTS }, (_, n) => n + 1));
  expect(text).toBe(TEXT);
  expect([cuts, rig.upstreams[0]?.hits.length]).toEqual([CUTS, 1]);
});

/** A stream of chunks that is read in several parts. */
class ReadEvents {
  readonly numbers: number[] = [];
  text = '';
  done = false;

  add(event: string): void {
    this.done ||= event === 'data: [DONE]';
    const [, number] = /^id: run_\w+:(\d+)$/m.exec(event) ?? [];
    const [, data] = /^data: (.*)$/m.exec(event) ?? [];
    if (number === undefined || data === undefined) return;
    this.numbers.push(Number(number));
    if (event.startsWith('event: ')) return;
    this.text += (JSON.parse(data) as ChatCompletionChunk).choices[0]?.delta.content ?? '';
  }
}

/** Reads until `[DONE]`, and goes on behind the last whole event after each break. */
async function readByRest(open: (last: number) => Promise<Response>): Promise<Received> {
  const read = new ReadEvents();
  while (!read.done) {
    let waiting = '';
    try {
      const response = await open(read.numbers.at(-1) ?? 0);
      if (!response.ok) throw new Error(await response.text());
      for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
        const events = (waiting + piece).split('\n\n');
        waiting = events.pop() ?? '';
        for (const event of events) read.add(event);
      }
    } catch (error) {
      // What `fetch` throws for a broken connection.
      if (!(error instanceof TypeError)) throw error;
    }
  }
  return read;
}

test.concurrent.for(Object.entries(WAYS))(
  'a run that is cut at random places is read once and in order, with one request to its provider: by %s',
  { timeout: 60_000 },
  async ([way, { serve, read }], { expect }) => {
    await using rig = await startRig([chatStream({ content: TEXT, delay: 4 })]);
    const random = randomFrom(way.length);
    // More than the head of an answer, so that some cuts are in it and most are behind it.
    const own = (await serve?.(rig)) ?? rig.url;
    await using proxy = await startCuttingProxy(own, { cuts: CUTS, within: 4000, random });
    const { numbers, text } = await read({ own, cut: proxy.url + new URL(own).pathname.replace(/\/$/, '') });
    expect(text).toBe(TEXT);
    const all = Array.from({ length: EVENTS }, (_, n) => n + 1);
    // From a chat completion on it has the chunks alone.
    expect(numbers).toEqual(way.includes('from a chat') ? numbers.toSorted((a, b) => a - b) : all);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(proxy.cuts()).toBe(CUTS);
    expect(rig.upstreams[0]?.hits.length).toBe(1);
  },
);
