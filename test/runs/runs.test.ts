import { describe, expect, test } from 'vitest';
import { createClient, SpillwayError } from '../../client/index.ts';
import type { ChatCompletionChunk } from '../../src/domain/chat.ts';
import type { Run, RunEvent } from '../../src/domain/run.ts';
import { type Chunk, chatStream, chunk, openaiError, type Reply } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

type Event = RunEvent<ChatCompletionChunk>;

const KEYS = { one: 'spillway-key-number-one', two: 'spillway-key-number-two' } as const;
const WITH_KEYS = {
  auth: { keys: Object.entries(KEYS).map(([name, key]) => ({ name, key })) },
};
const client = ({ url }: Rig, apiKey?: string) => createClient({ url, apiKey });

/** A stream that sends these words and then nothing more. */
function silentAfter(...words: readonly string[]): Reply {
  const chunks: Chunk[] = words.map((word) => chunk({ delta: { content: word } }));
  return { headers: { 'content-type': 'text/event-stream' }, chunks, end: 'hang' };
}

/** A stream that breaks off after these words. */
function brokenAfter(...words: readonly string[]): Reply {
  const chunks: Chunk[] = words.map((word) => chunk({ delta: { content: word } }));
  return { headers: { 'content-type': 'text/event-stream' }, chunks: [...chunks, { delay: 20 }], end: 'rst' };
}

async function all(stream: AsyncIterable<Event>): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

const textOf = (events: readonly Event[]): string =>
  events.map((event) => (event.type === 'chunk' ? (event.chunk.choices[0]?.delta.content ?? '') : '')).join('');
const types = (events: readonly Event[]): string[] =>
  events.map(({ type }) => type).filter((type, index, list) => type !== list[index - 1]);
const codeOf = (promise: Promise<unknown>): Promise<string | null> =>
  promise.then(
    () => 'ok',
    (error: unknown) => (error as SpillwayError).code,
  );

describe('a run', () => {
  test('has an answer before anything is sent, then its attempts, the commit, the chunks and the end', async () => {
    await using rig = await startRig([openaiError(503, 'down'), chatStream({ content: 'Hello there', usage: true })]);
    const { runs } = client(rig);
    const run = await runs.create(HELLO);
    expect(run).toMatchObject({ object: 'run', status: 'queued', model: 'default', last_event_id: null, answer: null });
    const events = await all(runs.stream({ runId: run.id }));
    expect(types(events)).toEqual(['attempt', 'attempt_failed', 'attempt', 'committed', 'chunk', 'done']);
    expect(events[1]).toMatchObject({ n: 1, provider: 'a', outcome: 'overloaded', status: 503, message: null });
    expect(events[3]).toMatchObject({ n: 2, provider: 'b', model: 'model-b' });
    expect(textOf(events)).toBe('Hello there');
    expect(events.at(-1)).toMatchObject({ usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 } });
    const ended = await runs.get({ runId: run.id });
    expect(ended).toMatchObject({ status: 'completed', error: null, last_event_id: `${run.id}:${events.length}` });
    expect(ended.answer).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { content: 'Hello there' }, finish_reason: 'stop' }],
    });
    expect(ended.expires_at).toBe((ended.ended_at ?? 0) + 300);
  });

  test('is one request in the records, and each of its readers another one', async () => {
    await using rig = await startRig([chatStream({ content: 'x' })]);
    const { runs } = client(rig);
    const { id } = await runs.create(HELLO);
    await all(runs.stream({ runId: id }));
    await rig.ended(2);
    const records = rig.finished().map(({ operation, code, provider, run }) => [operation, code, provider, run === id]);
    expect(records.toSorted(([a], [b]) => String(a).localeCompare(String(b)))).toEqual([
      ['chat.completions.stream', 'ok', 'a', true],
      ['runs.create', 'ok', undefined, true],
      ['runs.stream', 'ok', undefined, true],
    ]);
  });

  test('sends a provider the body of the client without its own member', async () => {
    await using rig = await startRig([chatStream({ content: 'x' })]);
    const { runs } = client(rig);
    await all(runs.stream({ runId: (await runs.create({ ...HELLO, seed: 7, run: { onCut: 'error' } })).id }));
    const sent = JSON.parse(String(rig.upstreams[0]?.hits[0]?.body)) as Record<string, unknown>;
    expect(sent).toMatchObject({ model: 'model-a', stream: true, seed: 7 });
    expect(sent).not.toHaveProperty('run');
  });

  test('that fails ends with the error that a plain request has, and its stream is complete', async () => {
    await using rig = await startRig([openaiError(500, 'no'), openaiError(429, 'slow')]);
    const { runs, chat } = client(rig);
    const { id } = await runs.create(HELLO);
    const events = await all(runs.stream({ runId: id }));
    const last = events.at(-1);
    expect(last).toMatchObject({ type: 'error', error: { code: 'all_providers_exhausted', status: 503 } });
    expect(await runs.get({ runId: id })).toMatchObject({ status: 'failed', error: { status: 503 }, answer: null });
    const error = await chat.completions
      .stream(HELLO, { run: {} })
      .next()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SpillwayError);
    expect(error).toMatchObject({ code: 'all_providers_exhausted', status: 503 });
    expect((error as SpillwayError).attempts?.length).toBe(2);
  });

  test('shows the messages of failed attempts to a client that asks for the trail', async () => {
    await using rig = await startRig([openaiError(503, 'we are down'), chatStream({ content: 'x' })]);
    const { runs } = client(rig);
    const { id } = await runs.create(HELLO, { include: ['trail'] });
    const events = await all(runs.stream({ runId: id }));
    expect(events.find(({ type }) => type === 'attempt_failed')).toMatchObject({ message: 'we are down' });
  });

  test('whose request is refused is refused at once', async () => {
    await using rig = await startRig([chatStream({ content: 'x' })]);
    const { runs } = client(rig);
    expect(await codeOf(runs.create({ ...HELLO, messages: [] }))).toBe('invalid_request');
    expect(await codeOf(runs.create({ ...HELLO, run: { wrong: 1 } as never }))).toBe('invalid_request');
    expect(await codeOf(runs.create({ ...HELLO, model: 'none' }))).toBe('model_not_found');
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });
});

describe('without a reader', () => {
  test('a run ends at once by default, and its request to the provider with it', async () => {
    await using rig = await startRig([silentAfter('one ')]);
    const { runs } = client(rig);
    const { id } = await runs.create(HELLO);
    for await (const event of runs.stream({ runId: id })) if (event.type === 'chunk') break;
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    expect(await runs.get({ runId: id })).toMatchObject({ status: 'cancelled', error: { code: 'run_cancelled' } });
    expect(rig.finished().map(({ code }) => code)).toContain('run_cancelled');
    expect((await all(runs.stream({ runId: id }))).at(-1)).toMatchObject({ type: 'error' });
  });

  test('a run whose first reader never comes ends after ten seconds', async () => {
    const clock = fakeClock();
    await using rig = await startRig([silentAfter('one ')], { clock });
    const { runs } = rig.gateway.caller;
    const { id } = await runs.create(HELLO);
    await expect.poll(async () => (await runs.get({ runId: id })).last_event_id).toBe(`${id}:3`);
    clock.advance(9999);
    expect((await runs.get({ runId: id })).status).toBe('running');
    clock.advance(1);
    expect((await runs.get({ runId: id })).status).toBe('cancelled');
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  });

  test('a detached run continues for its grace time, which a reader stops', async () => {
    const clock = fakeClock();
    await using rig = await startRig([silentAfter('one ')], { clock });
    const { runs } = rig.gateway.caller;
    const { id: runId } = await runs.create({ ...HELLO, run: { disconnect: 'detach', graceMs: 500 } });
    const read = async (): Promise<void> => {
      for await (const { data } of await runs.stream({ runId })) if (data.type === 'chunk') break;
    };
    await read();
    clock.advance(499);
    await read();
    clock.advance(499);
    expect((await runs.get({ runId })).status).toBe('running');
    clock.advance(1);
    expect((await runs.get({ runId })).status).toBe('cancelled');
  });

  test('a detached run without a grace time waits for its first reader, and ends with its last one', async () => {
    const clock = fakeClock();
    await using rig = await startRig([silentAfter('one ')], { clock });
    const { runs } = rig.gateway.caller;
    const { id: runId } = await runs.create({ ...HELLO, run: { disconnect: 'detach', graceMs: 0 } });
    expect((await runs.get({ runId })).status).not.toBe('cancelled');
    for await (const { data } of await runs.stream({ runId })) if (data.type === 'chunk') break;
    expect((await runs.get({ runId })).status).toBe('cancelled');
  });

  test('a reader whose signal has aborted is none', async () => {
    await using rig = await startRig([silentAfter('one ')]);
    const { runs } = rig.gateway.caller;
    const { id: runId } = await runs.create(HELLO);
    for await (const { data } of await runs.stream({ runId })) {
      if (data.type !== 'chunk') continue;
      const late = runs.stream({ runId }, { signal: AbortSignal.abort() });
      await expect(late).rejects.toMatchObject({ code: 'client_closed' });
      break;
    }
    // The other reader was the last one.
    expect((await runs.get({ runId })).status).toBe('cancelled');
  });

  test('no grace time is longer than the configuration’s longest', async () => {
    const clock = fakeClock();
    await using rig = await startRig([silentAfter('one ')], { clock, config: { runs: { maxGrace: '1s' } } });
    const { runs } = rig.gateway.caller;
    const { id: runId } = await runs.create({ ...HELLO, run: { disconnect: 'detach', graceMs: 3_600_000 } });
    clock.advance(1000);
    expect((await runs.get({ runId })).status).toBe('cancelled');
  });

  test('a run of the policy drain continues to its end', async () => {
    await using rig = await startRig([chatStream({ content: 'one two three', delay: 5 })]);
    const { runs } = client(rig);
    const { id: runId } = await runs.create({ ...HELLO, run: { disconnect: 'drain' } });
    for await (const event of runs.stream({ runId })) if (event.type === 'committed') break;
    await expect.poll(async () => (await runs.get({ runId })).status).toBe('completed');
    expect((await runs.get({ runId })).answer?.choices[0]?.message.content).toBe('one two three');
  });

  test('the policy is the configuration’s unless the run has one', async () => {
    await using rig = await startRig([chatStream({ content: 'one two', delay: 5 })], {
      config: { runs: { disconnect: 'drain' } },
    });
    const { runs } = client(rig);
    const { id: runId } = await runs.create(HELLO);
    for await (const event of runs.stream({ runId })) if (event.type === 'committed') break;
    await expect.poll(async () => (await runs.get({ runId })).status).toBe('completed');
  });
});

describe('a cancelled run', () => {
  test('ends for its readers and at its provider, and a second cancel changes nothing', async () => {
    await using rig = await startRig([silentAfter('one ')]);
    const { runs } = client(rig);
    const { id: runId } = await runs.create(HELLO);
    const stream = runs.stream({ runId });
    const events: Event[] = [];
    for await (const event of stream) {
      events.push(event);
      if (event.type === 'chunk') expect((await stream.cancel()).status).toBe('cancelled');
    }
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { code: 'run_cancelled', status: 499 } });
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    const again = await post(fetch, `${rig.url}/v1/runs/${runId}/cancel`, {});
    expect([again.status, ((await again.json()) as Run).status]).toEqual([200, 'cancelled']);
  });

  test('that is complete stays complete', async () => {
    await using rig = await startRig([chatStream({ content: 'x' })]);
    const { runs } = client(rig);
    const { id: runId } = await runs.create(HELLO);
    await all(runs.stream({ runId }));
    // Without a body, as `curl -X POST` sends it.
    expect((await fetch(`${rig.url}/v1/runs/${runId}/cancel`, { method: 'POST' })).status).toBe(200);
    expect((await runs.get({ runId })).status).toBe('completed');
  });

  test('by the end of the gateway is interrupted', async () => {
    await using rig = await startRig([silentAfter('one ')]);
    const { runs } = rig.gateway.caller;
    const { id: runId } = await runs.create({ ...HELLO, run: { disconnect: 'drain' } });
    const stream = await runs.stream({ runId });
    const iterator = stream[Symbol.asyncIterator]();
    for (let n = 0; n < 3; n++) await iterator.next();
    const closing = rig.gateway.close();
    await expect(iterator.next()).rejects.toMatchObject({ code: 'shutting_down' });
    await closing;
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  });
});

describe('an idempotency key', () => {
  test('makes one run of equal requests, and one request to the provider', async () => {
    await using rig = await startRig([chatStream({ content: 'x', delay: 5 })]);
    const { runs } = client(rig);
    const request = { ...HELLO, run: { idempotencyKey: 'k', disconnect: 'drain' } } as const;
    const made = await Promise.all([runs.create(request), runs.create(request), runs.create(request)]);
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    await all(runs.stream({ runId: made[0].id }));
    expect(rig.upstreams[0]?.hits.length).toBe(1);
  });

  test('belongs to one content, and to one client', async () => {
    await using rig = await startRig([chatStream({ content: 'x' })], { config: WITH_KEYS });
    const request = { ...HELLO, run: { idempotencyKey: 'k' } } as const;
    const { id } = await client(rig, KEYS.one).runs.create(request);
    expect(await codeOf(client(rig, KEYS.one).runs.create({ ...request, seed: 1 }))).toBe('idempotency_conflict');
    expect((await client(rig, KEYS.two).runs.create(request)).id).not.toBe(id);
  });

  test('is read from the header too', async () => {
    await using rig = await startRig([chatStream({ content: 'x' })]);
    const headers = { 'idempotency-key': 'k' };
    const ids = new Set<string>();
    for (let n = 0; n < 2; n++) {
      const response = await post(fetch, `${rig.url}/v1/runs`, HELLO, { headers });
      expect(response.status).toBe(202);
      ids.add(((await response.json()) as Run).id);
    }
    expect(ids.size).toBe(1);
  });
});

describe('wrong input', () => {
  test('a run that is unknown, expired or another client’s is the same 404, by every procedure and over both doors', async () => {
    const clock = fakeClock();
    await using rig = await startRig([chatStream({ content: 'x' })], { config: WITH_KEYS, clock });
    const own = client(rig, KEYS.one).runs;
    const { id: expired } = await own.create(HELLO);
    await all(own.stream({ runId: expired }));
    clock.advance(300_000);
    const { id: foreign } = await client(rig, KEYS.two).runs.create({ ...HELLO, run: { disconnect: 'drain' } });
    const bodies = new Set<string>();
    for (const runId of [expired, foreign, `run_${'0'.repeat(32)}`]) {
      expect(await codeOf(own.get({ runId }))).toBe('run_not_found');
      expect(await codeOf(own.cancel({ runId }))).toBe('run_not_found');
      expect(await codeOf(all(own.stream({ runId })))).toBe('run_not_found');
      for (const [method, path] of [
        ['GET', ''],
        ['GET', '/events'],
        ['POST', '/cancel'],
      ] as const) {
        const response = await fetch(`${rig.url}/v1/runs/${runId}${path}`, {
          method,
          headers: { 'x-api-key': KEYS.one },
        });
        expect(response.status).toBe(404);
        bodies.add(await response.text());
      }
    }
    expect(bodies.size).toBe(1);
  });

  test('an id that is malformed, of another run or beyond the end is a 400', async () => {
    await using rig = await startRig([chatStream({ content: 'x' })]);
    const { runs } = client(rig);
    const { id: runId } = await runs.create(HELLO);
    await all(runs.stream({ runId }));
    const last = Number((await runs.get({ runId })).last_event_id?.split(':')[1]);
    for (const lastEventId of [
      '',
      'x',
      `${runId}:`,
      `${runId}:-1`,
      `${runId}:1.5`,
      `run_${'0'.repeat(32)}:1`,
      `${runId}:${last + 1}`,
    ])
      expect([lastEventId, await codeOf(all(runs.stream({ runId, lastEventId })))]).toEqual([
        lastEventId,
        'invalid_request',
      ]);
    expect(await all(runs.stream({ runId, lastEventId: `${runId}:${last}` }))).toEqual([]);
    expect(await all(runs.stream({ runId, lastEventId: String(last) }))).toEqual([]);
    for (const bad of ['starting_after=x', 'starting_after=-1', `starting_after=${last + 1}`, 'include=some'])
      expect((await fetch(`${rig.url}/v1/runs/${runId}/events?${bad}`)).status).toBe(400);
    for (const bad of ['run_1', 'x', `run_${'0'.repeat(31)}G`])
      expect((await fetch(`${rig.url}/v1/runs/${bad}`)).status).toBe(400);
  });

  test('an option of a run is refused where it has no meaning', async () => {
    await using rig = await startRig([chatStream({ content: 'x' })]);
    const send = async (path: string, body: object, value: string): Promise<unknown> => {
      const response = await post(fetch, rig.url + path, body, { headers: { 'x-spillway-run': value } });
      const { error } = (await response.json()) as { error: { code?: string; data?: { code: string } } };
      return [response.status, error.code ?? error.data?.code];
    };
    const stream = { ...HELLO, stream: true };
    for (const value of ['', 'forever', 'detach; grace=', 'detach; grace=soon', 'detach, grace=5s'])
      expect([value, await send('/v1/chat/completions', stream, value)]).toEqual([value, [400, 'invalid_request']]);
    expect(await send('/v1/chat/completions', HELLO, 'drain')).toEqual([400, 'invalid_request']);
    expect(
      (await post(fetch, `${rig.url}/trpc/chat.completions.stream`, HELLO, { headers: { 'x-spillway-run': 'drain' } }))
        .status,
    ).toBe(200);
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });
});

describe('an answer that breaks off', () => {
  test('fails its run, with what was sent before', async () => {
    await using rig = await startRig([brokenAfter('one ', 'two ')]);
    const { runs } = client(rig);
    const events = await all(runs.stream({ runId: (await runs.create(HELLO)).id }));
    expect(textOf(events)).toBe('one two ');
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { code: 'upstream_truncated', status: 502 } });
  });

  test('begins again once with onCut: reset, and only the second answer counts', async () => {
    await using rig = await startRig([brokenAfter('one ', 'two '), chatStream({ content: 'three' })]);
    const { runs } = client(rig);
    const { id: runId } = await runs.create({ ...HELLO, run: { onCut: 'reset' } });
    const events = await all(runs.stream({ runId }));
    const reset = events.findIndex(({ type }) => type === 'reset');
    expect(events[reset]).toEqual({ type: 'reset', n: 1, reason: 'upstream_truncated' });
    expect(textOf(events.slice(0, reset))).toBe('one two ');
    expect(textOf(events.slice(reset))).toBe('three');
    expect(events.at(-1)).toMatchObject({ type: 'done', usage: { cost: null } });
    expect((await runs.get({ runId })).answer?.choices[0]?.message.content).toBe('three');
    await expect
      .poll(() => rig.finished().filter(({ operation }) => operation === 'chat.completions.stream').length)
      .toBe(1);
  });

  test('does not begin a third time', async () => {
    await using rig = await startRig([brokenAfter('one '), brokenAfter('two '), chatStream({ content: 'three' })]);
    const { runs } = client(rig);
    const events = await all(runs.stream({ runId: (await runs.create({ ...HELLO, run: { onCut: 'reset' } })).id }));
    expect(events.filter(({ type }) => type === 'reset').length).toBe(1);
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { code: 'upstream_truncated' } });
  });
});

describe('limits', () => {
  test('a key has so many runs that have not ended, and no more', async () => {
    await using rig = await startRig([silentAfter('one ')], { config: { ...WITH_KEYS, runs: { perKey: 2 } } });
    const { runs } = client(rig, KEYS.one);
    const { id } = await runs.create(HELLO);
    await runs.create(HELLO);
    expect(await codeOf(runs.create(HELLO))).toBe('too_many_runs');
    expect(await codeOf(client(rig, KEYS.two).runs.create(HELLO))).toBe('ok');
    await runs.cancel({ runId: id });
    expect(await codeOf(runs.create(HELLO))).toBe('ok');
  });

  test('beyond maxBytes the oldest events of a run go, and a reader behind them gets a 410', async () => {
    await using rig = await startRig([chatStream({ content: 'word '.repeat(400) })], {
      config: { runs: { maxBytes: '20kb', disconnect: 'drain' } },
    });
    const { runs } = client(rig);
    const { id: runId } = await runs.create(HELLO);
    await expect.poll(async () => (await runs.get({ runId })).status).toBe('completed');
    const ended = await runs.get({ runId });
    const last = Number(ended.last_event_id?.split(':')[1]);
    expect(ended.answer).toBeNull();
    const error = await all(runs.stream({ runId })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'run_events_expired', status: 410 });
    expect((await fetch(`${rig.url}/v1/runs/${runId}/events`)).status).toBe(410);
    expect(types(await all(runs.stream({ runId, lastEventId: `${runId}:${last - 5}` })))).toEqual(['chunk', 'done']);
  });

  test('a slow reader that falls out of what is kept fails with the 410, and never slows the run', async () => {
    await using rig = await startRig([chatStream({ content: 'word '.repeat(2000) })], {
      config: { runs: { maxBytes: '20kb', disconnect: 'drain' } },
    });
    const { runs } = rig.gateway.caller;
    const { id: runId } = await runs.create(HELLO);
    const events = (await runs.stream({ runId }))[Symbol.asyncIterator]();
    await events.next();
    await expect.poll(async () => (await runs.get({ runId })).status).toBe('completed');
    const rest = async (): Promise<void> => {
      while ((await events.next()).done !== true);
    };
    await expect(rest()).rejects.toMatchObject({ code: 'run_events_expired' });
  });

  test('beyond the memory of all runs the oldest ended ones go first', async () => {
    await using rig = await startRig([chatStream({ content: 'word '.repeat(100) })], {
      config: { runs: { memory: '100kb', disconnect: 'drain' } },
    });
    const { runs } = client(rig);
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) {
      const { id: runId } = await runs.create(HELLO);
      ids.push(runId);
      await expect.poll(async () => (await runs.get({ runId })).status).toBe('completed');
    }
    const codes = await Promise.all(ids.map((runId) => codeOf(runs.get({ runId }))));
    expect(codes.at(-1)).toBe('ok');
    expect(codes.indexOf('ok')).toBeGreaterThan(0);
    expect(new Set(codes.slice(0, codes.indexOf('ok')))).toEqual(new Set(['run_not_found']));
    expect(new Set(codes.slice(codes.indexOf('ok')))).toEqual(new Set(['ok']));
  });
});

test('the answer begins before its commit where the chain opens its streams early', async () => {
  const slow = { ...chatStream({ content: 'x' }), delay: 400 };
  await using rig = await startRig([slow], { chain: { openAfter: '20ms' } });
  const headers = { 'x-spillway-run': 'detach' };
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true }, { headers });
  const runId = response.headers.get('x-spillway-run') ?? '';
  expect(await client(rig).runs.get({ runId })).toMatchObject({ status: 'running', last_event_id: `${runId}:1` });
  expect(await response.text()).toContain('[DONE]');
});

test('a reload that removes a key ends its runs', async () => {
  await using rig = await startRig([silentAfter('one ')], { config: WITH_KEYS });
  const { runs } = client(rig, KEYS.one);
  const { id: runId } = await runs.create({ ...HELLO, run: { disconnect: 'drain' } });
  const events: Event[] = [];
  for await (const event of runs.stream({ runId })) {
    events.push(event);
    if (event.type === 'chunk')
      await rig.gateway.reload({
        providers: { a: { baseUrl: rig.upstreams[0]?.baseUrl ?? '', apiKey: 'x' } },
        chains: { default: { entries: ['a/m'] } },
        auth: { keys: [{ name: 'two', key: KEYS.two }] },
      });
  }
  expect(events.at(-1)).toMatchObject({ type: 'error', error: { code: 'key_revoked', status: 401 } });
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
});

test('the events of other names are sent over REST on request only, and a failure ends the stream as a plain one', async () => {
  await using rig = await startRig([openaiError(503, 'down'), brokenAfter('one ')]);
  const { id } = await client(rig).runs.create({ ...HELLO, run: { disconnect: 'drain' } });
  const plain = await (await fetch(`${rig.url}/v1/runs/${id}/events`)).text();
  expect(plain).not.toContain('event:');
  expect(plain).not.toContain('[DONE]');
  expect(plain).toContain('"code":"upstream_truncated"');
  const everything = await (await fetch(`${rig.url}/v1/runs/${id}/events?include=all`)).text();
  expect([...everything.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name)).toEqual([
    'attempt',
    'attempt_failed',
    'attempt',
    'committed',
    'error',
  ]);
});
