import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createClient } from '../../../client/index.ts';
import type { ChatCompletionChunk } from '../../../src/domain/chat.ts';
import type { RunEvent } from '../../../src/domain/run.ts';
import { chatStream, type Script, startScriptedUpstream } from '../../../src/testing/index.ts';
import { runFile } from '../../helpers/cli.ts';
import { HELLO } from '../../helpers/hello.ts';
import { REDIS, RedisServer } from '../../helpers/redis.ts';
import { startReplicas } from '../../helpers/replicas.ts';

type Event = RunEvent<ChatCompletionChunk>;

const PROGRAM = join(import.meta.dirname, '..', '..', 'helpers', 'replica-program.ts');
const DRAIN = { ...HELLO, run: { disconnect: 'drain' } } as const;
const WORDS = 400;
const WAIT = { timeout: 10_000 };
const TEXT = Array.from({ length: WORDS }, (_, n) => `word${n} `).join('');

/** A replica in a process of its own, which owns a run, and two others. */
async function started(script: Script) {
  const redis = await RedisServer.start();
  onTestFinished(() => redis[Symbol.asyncDispose]());
  const upstream = await startScriptedUpstream({ script });
  onTestFinished(() => upstream[Symbol.asyncDispose]());
  const replicas = await startReplicas(redis, script, { count: 2 });
  onTestFinished(() => replicas[Symbol.asyncDispose]());
  const owner = runFile([PROGRAM, redis.url(), upstream.baseUrl]);
  onTestFinished(() => owner[Symbol.asyncDispose]());
  const [, url = ''] = await owner.says(/serves (\S+)/);
  const { id } = await createClient({ url }).runs.create(DRAIN);
  return { owner, url, id, upstream, replicas, others: replicas.rigs.map((rig) => createClient(rig)) };
}

describe.skipIf(REDIS === undefined)('a run whose owner', () => {
  test('is killed ends for readers elsewhere, once, with what came before', { timeout: 60_000 }, async () => {
    const { owner, id, upstream, replicas, others } = await started(chatStream({ content: TEXT, delay: 50 }));
    const [first, second] = others;
    if (first === undefined || second === undefined) throw new RangeError();
    const read: Event[][] = [];
    const readings = others.map(async ({ runs }, index) => {
      const events: Event[] = (read[index] = []);
      for await (const event of runs.stream({ runId: id })) events.push(event);
      return events;
    });
    await vi.waitFor(() => expect(read.every(({ length }) => length > 20)).toBe(true), WAIT);
    owner.child.kill('SIGKILL');
    const began = performance.now();
    const [one, two] = await Promise.all(readings);
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(one?.at(-1)).toMatchObject({ type: 'error', error: { code: 'run_interrupted', status: 502 } });
    expect(one?.filter(({ type }) => type === 'error').length).toBe(1);
    expect(two).toEqual(one);
    expect(await first.runs.get({ runId: id })).toMatchObject({
      status: 'interrupted',
      last_event_id: `${id}:${one?.length}`,
      error: { code: 'run_interrupted' },
    });
    // It is read again with the same events, and nothing runs it anew.
    const again: Event[] = [];
    for await (const event of second.runs.stream({ runId: id })) again.push(event);
    expect(again).toEqual(one);
    expect([upstream.hits.length, replicas.hits()]).toEqual([1, 0]);
  });

  test(
    'is lost with events that only its own readers had ends behind the last of them',
    { timeout: 60_000 },
    async () => {
      const { owner, id, others } = await started(chatStream({ content: TEXT, delay: 50 }));
      const [first, second] = others;
      if (first === undefined || second === undefined) throw new RangeError();
      await vi.waitFor(async () => {
        const { last_event_id: last } = await first.runs.get({ runId: id });
        expect(Number(last?.split(':')[1])).toBeGreaterThan(10);
      }, WAIT);
      owner.child.kill('SIGKILL');
      await owner.exit;
      const known = Number((await first.runs.get({ runId: id })).last_event_id?.split(':')[1]);
      const stream = first.runs.stream({ runId: id, lastEventId: `${id}:${known + 3}` });
      const events: Event[] = [];
      for await (const event of stream) events.push(event);
      expect(events).toMatchObject([{ type: 'error', error: { code: 'run_interrupted' } }]);
      expect(stream.lastEventId).toBe(`${id}:${known + 4}`);
      // Another reader has all that there is.
      const all: Event[] = [];
      for await (const event of second.runs.stream({ runId: id })) all.push(event);
      expect(all.length).toBe(known + 1);
      expect(all.at(-1)).toMatchObject({ type: 'error' });
    },
  );

  test('is sent SIGTERM sends its readers on, and reads to the end', { timeout: 60_000 }, async () => {
    const { owner, url, id, upstream, replicas, others } = await started(chatStream({ content: TEXT, delay: 15 }));
    const read: Event[] = [];
    const ids: string[] = [];
    let signalledAt = Infinity;
    let sentAfter: number | undefined;
    // A load balancer: the owner until it is about to end.
    const balanced: typeof fetch = (input, init) => {
      if (signalledAt === Infinity) return fetch(input, init);
      sentAfter ??= performance.now() - signalledAt;
      return fetch(new Request(input).url.replace(url, replicas.rigs[0]?.url ?? ''), init);
    };
    const stream = createClient({ url, fetch: balanced }).runs.stream({ runId: id });
    for await (const event of stream) {
      read.push(event);
      ids.push(stream.lastEventId ?? '');
      if (read.length !== 40) continue;
      owner.child.kill('SIGTERM');
      signalledAt = performance.now();
    }
    expect(sentAfter).toBeLessThan(2500);
    expect(ids).toEqual(Array.from({ length: WORDS + 5 }, (_, n) => `${id}:${n + 1}`));
    expect(read.at(-1)).toMatchObject({ type: 'done' });
    expect([upstream.hits.length, replicas.hits()]).toEqual([1, 0]);
    expect(await owner.exit).toBe(0);
    expect(await others[1]?.runs.get({ runId: id })).toMatchObject({ status: 'completed' });
  });
});
