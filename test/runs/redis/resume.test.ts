import { EventSource } from 'eventsource';
import { createTRPCClient, httpSubscriptionLink } from '@trpc/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../../client/index.ts';
import type { ChatCompletionChunk } from '../../../src/domain/chat.ts';
import type { RunEvent } from '../../../src/domain/run.ts';
import type { AppRouter } from '../../../src/router/app-router.ts';
import { chatStream } from '../../../src/testing/index.ts';
import { startCuttingProxy } from '../../helpers/cutting-proxy.ts';
import { HELLO } from '../../helpers/hello.ts';
import { REDIS, RedisServer } from '../../helpers/redis.ts';
import { type Replicas, startReplicas } from '../../helpers/replicas.ts';

type Event = RunEvent<ChatCompletionChunk>;

const CUTS = 20;
const WORDS = 400;
const TEXT = Array.from({ length: WORDS }, (_, n) => `word${n} `).join('');
/** An attempt and a commit, the role, the words, the finish reason, and the end. */
const EVENTS = 2 + 1 + WORDS + 1 + 1;
const NUMBERS = Array.from({ length: EVENTS }, (_, n) => n + 1);
const DRAIN = { ...HELLO, run: { disconnect: 'drain' } } as const;

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

const numberOf = (id: string): number => Number(id.split(':')[1]);
const wordOf = (event: Event): string => (event.type === 'chunk' ? (event.chunk.choices[0]?.delta.content ?? '') : '');

interface Received {
  readonly numbers: readonly number[];
  readonly text: string;
}

async function started(delay: number): Promise<Replicas> {
  const redis = await RedisServer.start();
  onTestFinished(() => redis[Symbol.asyncDispose]());
  const replicas = await startReplicas(redis, chatStream({ content: TEXT, delay }));
  onTestFinished(() => replicas[Symbol.asyncDispose]());
  return replicas;
}

/** A stream of named events that is read in several parts. */
class ReadEvents {
  readonly numbers: number[] = [];
  text = '';
  done = false;

  /** Reads at most some events of a response, then cancels it. */
  async some(response: Response, most: number): Promise<void> {
    if (!response.ok || response.body === null) throw new Error(await response.text());
    let left = most;
    let waiting = '';
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (waiting + piece).split('\n\n');
      waiting = events.pop() ?? '';
      for (const event of events.slice(0, left)) this.#add(event);
      left -= events.length;
      if (left <= 0) return;
    }
  }

  #add(event: string): void {
    this.done ||= event === 'data: [DONE]';
    const [, number] = /^id: run_\w+:(\d+)$/m.exec(event) ?? [];
    if (number === undefined) return;
    this.numbers.push(Number(number));
    if (event.startsWith('event: ')) return;
    this.text += wordOf({ type: 'chunk', chunk: JSON.parse(event.slice(event.indexOf('data: ') + 6)) });
  }
}

async function byOurClient(url: string, runId: string): Promise<Received> {
  const numbers: number[] = [];
  let text = '';
  const stream = createClient({ url }).runs.stream({ runId });
  for await (const event of stream) {
    numbers.push(numberOf(stream.lastEventId ?? ''));
    text += wordOf(event);
  }
  return { numbers, text };
}

function byOfficialLink(url: string, runId: string): Promise<Received> {
  const link = httpSubscriptionLink({ url: `${url}/trpc`, EventSource });
  const numbers: number[] = [];
  let text = '';
  return new Promise((resolve, reject) => {
    createTRPCClient<AppRouter>({ links: [link] }).runs.stream.subscribe(
      { runId },
      {
        onData({ id, data }) {
          numbers.push(numberOf(id));
          text += wordOf(data as Event);
        },
        onComplete: () => resolve({ numbers, text }),
        onError: reject,
      },
    );
  });
}

describe.skipIf(REDIS === undefined)('a run that is cut 20 times over three replicas', () => {
  test.each([
    ['our client', byOurClient],
    ['tRPC’s own link', byOfficialLink],
  ])('is read once and in order, with one request to its provider, by %s', { timeout: 60_000 }, async (_, read) => {
    const replicas = await started(4);
    const urls = replicas.rigs.map(({ url }) => url);
    await using proxy = await startCuttingProxy(urls, { cuts: CUTS, within: 4000, random: randomFrom(7) });
    const { id } = await createClient({ url: urls[0] ?? '' }).runs.create(DRAIN);
    const { numbers, text } = await read(proxy.url, id);
    expect(text).toBe(TEXT);
    expect(numbers).toEqual(NUMBERS);
    expect(proxy.cuts()).toBe(CUTS);
    expect(replicas.hits()).toBe(1);
  });

  test('is so wherever it is cut and whichever replica is next', { timeout: 60_000 }, async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const replicas = await started(seed % 2);
      const random = randomFrom(seed);
      const { runs } = createClient({ url: replicas.rigs[0]?.url ?? '' });
      const { id } = await runs.create(DRAIN);
      const read = new ReadEvents();
      for (let cut = 0; !read.done; cut++) {
        const replica = replicas.rigs[Math.floor(random() * replicas.rigs.length)];
        const most = cut < CUTS ? 1 + Math.floor(random() * 40) : Infinity;
        const query = `include=all&starting_after=${read.numbers.at(-1) ?? 0}`;
        await read.some(await fetch(`${replica?.url}/v1/runs/${id}/events?${query}`), most);
      }
      const { text, numbers } = read;
      expect(text).toBe(TEXT);
      expect(numbers).toEqual(NUMBERS);
      expect(replicas.hits()).toBe(1);
    }
  });
});
