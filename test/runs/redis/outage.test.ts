import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createClient } from '../../../client/index.ts';
import type { ChatCompletionChunk } from '../../../src/domain/chat.ts';
import type { RunEvent } from '../../../src/domain/run.ts';
import { chatStream } from '../../../src/testing/index.ts';
import { post, type Rig } from '../../helpers/gateway.ts';
import { HELLO } from '../../helpers/hello.ts';
import { REDIS, RedisServer } from '../../helpers/redis.ts';
import { startReplicas } from '../../helpers/replicas.ts';

type Event = RunEvent<ChatCompletionChunk>;

const WORDS = 300;
const TEXT = Array.from({ length: WORDS }, (_, n) => `word${n} `).join('');
const DRAIN = { ...HELLO, run: { disconnect: 'drain' } } as const;
const LONG = { timeout: 15_000 };

async function started(delay: number) {
  const redis = await RedisServer.start();
  onTestFinished(() => redis[Symbol.asyncDispose]());
  const replicas = await startReplicas(redis, chatStream({ content: TEXT, delay }), { count: 2 });
  onTestFinished(() => replicas[Symbol.asyncDispose]());
  const [owner, other] = replicas.rigs;
  if (owner === undefined || other === undefined) throw new RangeError();
  return { redis, replicas, owner, other };
}

async function read(rig: Rig, runId: string): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of createClient(rig).runs.stream({ runId })) events.push(event);
  return events;
}

const create = (rig: Rig): Promise<Response> => post(fetch, `${rig.url}/v1/runs`, DRAIN);
const idIn = async (response: Response): Promise<string> => ((await response.json()) as { id: string }).id;
const textOf = (events: readonly Event[]): string =>
  events.map((event) => (event.type === 'chunk' ? (event.chunk.choices[0]?.delta.content ?? '') : '')).join('');

describe.skipIf(REDIS === undefined)('without Redis', () => {
  test(
    'runs go on, new ones are local, and both are read elsewhere once it is back, empty',
    { timeout: 60_000 },
    async () => {
      const { redis, replicas, owner, other } = await started(25);
      const before = await create(owner);
      expect(before.headers.get('x-spillway-run-scope')).toBeNull();
      const first = await idIn(before);
      await vi.waitFor(async () =>
        expect((await createClient(other).runs.get({ runId: first })).status).toBe('running'),
      );
      const reading = read(owner, first);
      await redis.stop();
      const began = performance.now();
      const during = await create(owner);
      expect(performance.now() - began).toBeLessThan(500);
      expect(during.headers.get('x-spillway-run-scope')).toBe('local');
      const second = await idIn(during);
      // Another replica cannot know now, and says so in the code for which clients come again.
      await vi.waitFor(async () => {
        const elsewhere = await fetch(`${other.url}/v1/runs/${second}`);
        expect([elsewhere.status, ((await elsewhere.json()) as { error: { code: string } }).error.code]).toEqual([
          503,
          'not_ready',
        ]);
      }, LONG);
      expect((await fetch(`${owner.url}/v1/runs/${second}`)).status).toBe(200);
      await vi.waitFor(() => expect(replicas.problems.length).toBeGreaterThan(0), LONG);
      await redis.start();
      await vi.waitFor(async () => {
        for (const id of [first, second]) expect((await fetch(`${other.url}/v1/runs/${id}`)).status).toBe(200);
      }, LONG);
      const [own, ...elsewhere] = await Promise.all([reading, read(other, first), read(other, second)]);
      expect(textOf(own)).toBe(TEXT);
      expect(elsewhere[0]).toEqual(own);
      expect(textOf(elsewhere[1] ?? [])).toBe(TEXT);
      expect(replicas.hits()).toBe(2);
      expect(replicas.problems.length).toBeLessThan(6);
      const after = await create(owner);
      expect(after.headers.get('x-spillway-run-scope')).toBeNull();
    },
  );

  test('a reader elsewhere reads on by itself once it is back', { timeout: 60_000 }, async () => {
    const { redis, owner, other, replicas } = await started(25);
    const id = await idIn(await create(owner));
    const reading = read(other, id);
    await vi.waitFor(async () => {
      const { last_event_id: last } = await createClient(other).runs.get({ runId: id });
      expect(Number(last?.split(':')[1])).toBeGreaterThan(20);
    }, LONG);
    await redis.stop();
    await redis.start();
    const events = await reading;
    expect(textOf(events)).toBe(TEXT);
    expect(events.filter(({ type }) => type === 'done' || type === 'error')).toMatchObject([{ type: 'done' }]);
    expect(replicas.hits()).toBe(1);
  });

  test(
    'that answers nothing for a while, the first new run waits 50 ms and the next ones do not',
    { timeout: 60_000 },
    async () => {
      const { redis, owner, other } = await started(1);
      redis.signal('SIGSTOP');
      const times: number[] = [];
      const ids: string[] = [];
      for (let n = 0; n < 5; n++) {
        const began = performance.now();
        const made = await create(owner);
        times.push(performance.now() - began);
        expect(made.headers.get('x-spillway-run-scope')).toBe('local');
        ids.push(await idIn(made));
      }
      // A busy machine makes all of it slower, and not only the wait.
      expect(Math.max(...times.slice(1))).toBeLessThan(Math.max(50, times[0] ?? 0));
      expect(times[0]).toBeGreaterThan(45);
      redis.signal('SIGCONT');
      await vi.waitFor(async () => {
        for (const id of ids) expect((await fetch(`${other.url}/v1/runs/${id}`)).status).toBe(200);
      }, LONG);
      expect(textOf(await read(other, ids[0] ?? ''))).toBe(TEXT);
    },
  );
});
