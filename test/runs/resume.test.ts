import { createTRPCClient, httpSubscriptionLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import { expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import type { ChatCompletionChunk } from '../../src/domain/chat.ts';
import type { RunEvent } from '../../src/domain/run.ts';
import type { AppRouter } from '../../src/router/app-router.ts';
import { chatStream } from '../../src/testing/index.ts';
import { type CuttingProxy, startCuttingProxy } from '../helpers/cutting-proxy.ts';
import { HELLO, post, type Rig, startRig } from '../helpers/gateway.ts';

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

async function createRun({ url }: Rig): Promise<string> {
  return (await createClient({ url }).runs.create({ ...HELLO, run: { disconnect: 'drain' } })).id;
}

const numberOf = (id: string): number => Number(id.split(':')[1]);
const textOf = (events: readonly Event[]): string =>
  events.map((event) => (event.type === 'chunk' ? (event.chunk.choices[0]?.delta.content ?? '') : '')).join('');

/** What a way of reading has received: the numbers of the events, and the text. */
interface Received {
  readonly numbers: readonly number[];
  readonly text: string;
}

/** Every way of reading a run that goes on by itself, or behind the last id. */
const WAYS: Readonly<Record<string, (rig: Rig, proxy: CuttingProxy) => Promise<Received>>> = {
  async 'our client'(rig, { url }) {
    const runId = await createRun(rig);
    const events: Event[] = [];
    const numbers: number[] = [];
    const stream = createClient({ url }).runs.stream({ runId });
    for await (const event of stream) {
      events.push(event);
      numbers.push(numberOf(stream.lastEventId ?? ''));
    }
    return { numbers, text: textOf(events) };
  },
  async 'tRPC’s own link'(rig, { url }) {
    const runId = await createRun(rig);
    const client = createTRPCClient<AppRouter>({ links: [httpSubscriptionLink({ url: `${url}/trpc`, EventSource })] });
    const events: Event[] = [];
    const numbers: number[] = [];
    await new Promise<void>((resolve, reject) => {
      client.runs.stream.subscribe(
        { runId },
        {
          onData({ id, data }) {
            // The same with what JSON makes of absent members.
            events.push(data as Event);
            numbers.push(numberOf(id));
          },
          onComplete: resolve,
          onError: reject,
        },
      );
    });
    return { numbers, text: textOf(events) };
  },
  async 'REST, by starting_after'(rig, proxy) {
    const runId = await createRun(rig);
    return readByRest((last) => fetch(`${proxy.url}/v1/runs/${runId}/events?include=all&starting_after=${last}`));
  },
  async 'REST, by Last-Event-ID'(rig, proxy) {
    const runId = await createRun(rig);
    const url = `${proxy.url}/v1/runs/${runId}/events?include=all`;
    return readByRest((last) => fetch(url, last === 0 ? {} : { headers: { 'last-event-id': `${runId}:${last}` } }));
  },
  async 'REST, from a chat completion on'(_, proxy) {
    const body = { ...HELLO, stream: true };
    const headers = { 'x-spillway-run': 'detach; grace=60s', 'idempotency-key': 'one' };
    let runId: string | undefined;
    return readByRest(async (last) => {
      if (runId !== undefined) return fetch(`${proxy.url}/v1/runs/${runId}/events?starting_after=${last}`);
      const response = await post(fetch, `${proxy.url}/v1/chat/completions`, body, { headers });
      runId = response.headers.get('x-spillway-run') ?? undefined;
      return response;
    });
  },
  async 'our client, from a chat completion on'(_, { url }) {
    let text = '';
    const run = { disconnect: 'detach', graceMs: 60_000 } as const;
    for await (const chunk of createClient({ url }).chat.completions.stream(HELLO, { run }))
      text += chunk.choices[0]?.delta.content ?? '';
    return { numbers: [], text };
  },
};

test('in process, a reader that breaks off 20 times goes on behind its last event', async () => {
  await using rig = await startRig([chatStream({ content: TEXT, delay: 1 })]);
  const { runs } = rig.gateway.caller;
  const { id: runId } = await runs.create({ ...HELLO, run: { disconnect: 'drain' } });
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

/** Reads until `[DONE]`, and goes on behind the last whole event after each break. */
async function readByRest(open: (last: number) => Promise<Response>): Promise<Received> {
  const numbers: number[] = [];
  let text = '';
  for (;;) {
    let waiting = '';
    try {
      const response = await open(numbers.at(-1) ?? 0);
      if (!response.ok) throw new Error(await response.text());
      for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
        const events = (waiting + piece).split('\n\n');
        waiting = events.pop() ?? '';
        for (const event of events) {
          if (event === 'data: [DONE]') return { numbers, text };
          const [, number] = /^id: run_\w+:(\d+)$/m.exec(event) ?? [];
          const [, data] = /^data: (.*)$/m.exec(event) ?? [];
          if (number === undefined || data === undefined) continue;
          numbers.push(Number(number));
          if (!event.startsWith('event: '))
            text += (JSON.parse(data) as ChatCompletionChunk).choices[0]?.delta.content ?? '';
        }
      }
    } catch (error) {
      // What `fetch` throws for a broken connection.
      if (!(error instanceof TypeError)) throw error;
    }
  }
}

test.concurrent.for(Object.entries(WAYS))(
  'a run that is cut 20 times at random places is read once and in order, with one request to its provider: by %s',
  { timeout: 60_000 },
  async ([way, read], { expect }) => {
    await using rig = await startRig([chatStream({ content: TEXT, delay: 4 })]);
    const random = randomFrom(way.length);
    // More than the head of an answer, so that some cuts are in it and most are behind it.
    await using proxy = await startCuttingProxy(rig.url, { cuts: CUTS, within: 4000, random });
    const { numbers, text } = await read(rig, proxy);
    expect(text).toBe(TEXT);
    const all = Array.from({ length: EVENTS }, (_, n) => n + 1);
    // From a chat completion on it has the chunks alone.
    expect(numbers).toEqual(way.includes('from a chat') ? numbers.toSorted((a, b) => a - b) : all);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(proxy.cuts()).toBe(CUTS);
    expect(rig.upstreams[0]?.hits.length).toBe(1);
  },
);
