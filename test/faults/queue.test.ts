import { describe, expect, test } from 'vitest';
import { chatCompletion, chatStream, openaiError, type Reply, type ScriptedRequest } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { turns } from './wire.ts';
import { principalOf } from '../helpers/principal.ts';

const OK = chatCompletion({ content: 'ok' });
const slow = (seconds: number): Reply => openaiError(429, 'slow', { headers: { 'retry-after': String(seconds) } });
const START = Date.parse('2026-11-25T08:00:00Z');

/** A chain with a queue, and one entry with a limit of so many requests per minute. */
const queued = (requestsPerMinute: number, queue = { maxWait: '5m', maxSize: 100 }): RigOptions => ({
  chain: { queue },
  providers: { a: { limits: { requestsPerMinute } } },
});

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfter: string | null;
}

async function send(
  { gateway }: Rig,
  { content = 'Hello', signal, principal }: { content?: string; signal?: AbortSignal; principal?: string } = {},
): Promise<Answer> {
  const fetchLike = principal === undefined ? gateway.fetch : gateway.fetchAs(principalOf(principal));
  const body = { ...HELLO, messages: [{ role: 'user', content }] };
  const response = await post(fetchLike, 'http://x/v1/chat/completions', body, signal === undefined ? {} : { signal });
  const { error } = (await response.json()) as { error?: { code: string; message: string } };
  const [code, message] = [error?.code ?? 'ok', error?.message ?? ''];
  return { status: response.status, code, message, retryAfter: response.headers.get('retry-after') };
}

const contentOf = (request: ScriptedRequest): string =>
  (JSON.parse(request.body.toString()) as { messages: { content: string }[] }).messages[0]?.content ?? '';
const sentTo = (rig: Rig): string[] => (rig.upstreams[0]?.hits ?? []).map(contentOf);

describe('when every entry cools down and recovers soon', () => {
  test('requests wait in order, and each is sent once', async () => {
    const clock = fakeClock(START);
    await using rig = await startRig([OK], { ...queued(2), clock });
    const all = [];
    for (const content of ['1', '2', '3', '4', '5', '6']) {
      all.push(send(rig, { content }));
      await turns(20);
    }
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 2);
    await turns(50);
    expect(sentTo(rig)).toEqual(['1', '2']);
    clock.advance(62_000);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 4);
    await turns(50);
    expect(sentTo(rig).slice(2).toSorted()).toEqual(['3', '4']);
    clock.advance(62_000);
    expect((await Promise.all(all)).map(({ code }) => code)).toEqual(Array.from({ length: 6 }, () => 'ok'));
    expect(sentTo(rig)).toHaveLength(6);
  });

  test('a request that was refused waits for the entry to recover, and is answered', async () => {
    const clock = fakeClock(START);
    await using rig = await startRig([[slow(20), OK]], { clock, chain: { queue: { maxWait: '30s', maxSize: 10 } } });
    const waiting = send(rig);
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.endedAt !== undefined);
    await turns(100);
    clock.advance(20_001);
    expect((await waiting).code).toBe('ok');
    expect(rig.finished()[0]?.trail.map(({ outcome }) => outcome)).toEqual(['throttled', 'answered']);
  });

  test('a request does not queue when no entry recovers within maxWait', async () => {
    const clock = fakeClock(START);
    await using rig = await startRig([[slow(40), OK]], { clock, chain: { queue: { maxWait: '30s', maxSize: 10 } } });
    expect(await send(rig)).toMatchObject({ status: 503, code: 'all_providers_exhausted', retryAfter: '40' });
  });

  test('a new request queues behind those that wait, although a slot is free when it arrives', async () => {
    const clock = fakeClock(START);
    await using rig = await startRig([OK], { ...queued(1), clock });
    await send(rig, { content: 'first' });
    const waiting = [send(rig, { content: 'second' }), send(rig, { content: 'third' })];
    await turns(50);
    clock.advance(62_000);
    const late = send(rig, { content: 'fourth' });
    await waiting[0];
    clock.advance(62_000);
    await waiting[1];
    clock.advance(62_000);
    await late;
    expect(sentTo(rig)).toEqual(['first', 'second', 'third', 'fourth']);
  });

  test('clients are served in turns, however many requests one of them sends', async () => {
    const clock = fakeClock(START);
    await using rig = await startRig([OK], { ...queued(1), clock });
    await send(rig, { content: 'first' });
    const all = [];
    for (const [principal, content] of [
      ['greedy', 'g1'],
      ['greedy', 'g2'],
      ['greedy', 'g3'],
      ['modest', 'm1'],
    ] as const) {
      all.push(send(rig, { principal, content }));
      await turns(20);
    }
    for (let n = 2; n <= 5; n++) {
      clock.advance(62_000);
      await rig.upstreams[0]?.until(({ hits }) => hits[n - 1]?.endedAt !== undefined);
      await turns(50);
    }
    await Promise.all(all);
    expect(sentTo(rig)).toEqual(['first', 'g1', 'm1', 'g2', 'g3']);
  });

  test('a request whose client disconnects is removed at once, and never sent', async () => {
    const clock = fakeClock(START);
    await using rig = await startRig([OK], { ...queued(1), clock });
    await send(rig, { content: 'first' });
    const controller = new AbortController();
    const cancelled = send(rig, { content: 'cancelled', signal: controller.signal }).catch((error: unknown) => error);
    await turns(50);
    const stays = send(rig, { content: 'stays' });
    await turns(50);
    controller.abort();
    expect(await cancelled).toBeInstanceOf(Error);
    expect((await rig.ended(1)).code).toBe('client_closed');
    clock.advance(62_000);
    await stays;
    expect(sentTo(rig)).toEqual(['first', 'stays']);
  });

  test('a full queue is reported as such, with a time to retry', async () => {
    const clock = fakeClock(START);
    await using rig = await startRig([OK], { ...queued(1, { maxWait: '90s', maxSize: 1 }), clock });
    await send(rig, { content: 'first' });
    const waiting = send(rig, { content: 'waits' });
    await turns(50);
    const full = await send(rig, { content: 'too many' });
    expect(full).toMatchObject({ status: 503, code: 'all_providers_exhausted' });
    expect(full.message).toContain('its queue is full');
    expect(Number(full.retryAfter)).toBeGreaterThan(1);
    clock.advance(62_000);
    expect((await waiting).code).toBe('ok');
  });

  test('a slot that another request releases wakes a waiting request', async () => {
    const stream = chatStream({ content: 'a b', delay: 1 });
    await using rig = await startRig([[stream, OK]], {
      chain: { queue: { maxWait: '10s', maxSize: 10 } },
      providers: { a: { limits: { concurrency: 1 } } },
    });
    const running = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true });
    const waiting = send(rig);
    await running.text();
    expect((await waiting).code).toBe('ok');
  });

  test('the deadline of the chain ends the wait', async () => {
    const clock = fakeClock(START);
    await using rig = await startRig([OK], {
      clock,
      chain: { deadline: '10s', queue: { maxWait: '5m', maxSize: 10 } },
      providers: { a: { limits: { concurrency: 1 } } },
    });
    rig.upstreams[0]!.script = { head: false, end: 'hang' };
    void send(rig).catch(() => undefined);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    const waiting = send(rig);
    await turns(50);
    clock.advance(10_000);
    expect(await waiting).toMatchObject({ status: 504, code: 'deadline_exceeded' });
  });

  test('a gateway that shuts down refuses the requests that wait', async () => {
    const clock = fakeClock(START);
    await using rig = await startRig([OK], { ...queued(1), clock });
    await send(rig);
    const waiting = send(rig);
    await turns(50);
    await rig.gateway.close();
    expect(await waiting).toMatchObject({ status: 503, code: 'shutting_down' });
    expect(clock.waiting()).toBe(0);
  });
});
