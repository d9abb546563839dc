import { describe, expect, test } from 'vitest';
import { chatCompletion, chatStream, openaiError, type Reply, sse } from '../../src/testing/index.ts';
import { HI, rawReply, ROLE, STREAM } from '../doors/replies.ts';
import { fakeClock } from '../helpers/clock.ts';
import { DOORS, textOf } from '../helpers/doors.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { requestStream, rawClient, readUntil } from './wire.ts';

const served = chatStream({ content: 'served' });
const comment: Reply = { headers: STREAM, chunks: [': ping\n\n', { delay: 5 }], end: 'fin' };
const ping: Reply = { headers: STREAM, chunks: [sse({ type: 'ping' }), { delay: 5 }], end: 'fin' };
const role: Reply = { headers: STREAM, chunks: [ROLE, { delay: 5 }], end: 'fin' };
const hang: Reply = { head: false, end: 'hang' };

/** The entry that answers under each policy, when the first one breaks after a comment, a ping, a role or a word. */
const POLICIES = {
  'first-token': { comment: 'b', ping: 'b', role: 'b', word: 'a' },
  'first-event': { comment: 'b', ping: 'b', role: 'a', word: 'a' },
  headers: { comment: 'a', ping: 'a', role: 'a', word: 'a' },
} as const;
const FIRSTS = { comment, ping, role, word: { ...role, chunks: [ROLE, HI, { delay: 5 }] } } as const;

describe.each(Object.entries(POLICIES))('under the policy %s', (policy, answers) => {
  test.each(Object.entries(answers))(
    'when the first entry breaks after a %s, the answer is that of %s',
    async (at, by) => {
      const first = FIRSTS[at as keyof typeof FIRSTS];
      await using chain = await startRig([first, served], { chain: { commit: policy as 'headers' } });
      await using request = await startRig([first, served]);
      for (const response of [
        await requestStream(chain),
        await requestStream(request, {}, { 'x-spillway-commit': policy }),
      ]) {
        expect(response.headers.get('x-spillway-provider')).toBe(by);
        expect((await response.text()).includes('[DONE]')).toBe(by === 'b');
      }
    },
  );

  test('a reply that is not an event stream is never committed to', async () => {
    const html: Reply = { headers: { 'content-type': 'text/html' }, body: '<html>' };
    await using rig = await startRig([html, served], { chain: { commit: policy as 'headers' } });
    expect((await requestStream(rig)).headers.get('x-spillway-provider')).toBe('b');
  });
});

test('a reply without the content-type of an event stream is not committed to by its head alone', async () => {
  const silent = rawReply('200 OK\nconnection: close', 'all is well');
  await using rig = await startRig([silent, served], { chain: { commit: 'headers' } });
  expect((await requestStream(rig)).headers.get('x-spillway-provider')).toBe('b');
});

describe('a chain with openAfter', () => {
  test('answers like any other before that time', async () => {
    await using rig = await startRig([openaiError(500, 'no'), served], { chain: { openAfter: '10s' } });
    const response = await requestStream(rig);
    expect(response.headers.get('x-spillway-provider')).toBe('b');
    expect((await response.text()).startsWith('data: ')).toBe(true);
  });

  test.each(['REST', 'tRPC'])('opens over %s with a comment, and failover continues behind it', async (way) => {
    const clock = fakeClock();
    await using rig = await startRig([hang, served], {
      clock,
      chain: { openAfter: '20s', timeouts: { headers: '25s' } },
    });
    const pending = way === 'REST' ? requestStream(rig) : post(fetch, `${rig.url}/trpc/chat.completions.stream`, HELLO);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    clock.advance(20_000);
    const response = await pending;
    expect(response.status).toBe(200);
    const reader = response.body!.getReader();
    const opened = await readUntil(reader, ': keep-alive\n');
    expect(opened.endsWith(': keep-alive\n')).toBe(true);
    clock.advance(5000);
    const rest = await readUntil(reader, way === 'REST' ? '[DONE]' : 'event: return');
    expect(rest).toContain('"content":"served"');
    expect(await rig.ended()).toMatchObject({ code: 'ok', provider: 'b' });
    expect(rig.finished()).toHaveLength(1);
  });

  test('keeps the stream alive with comments, and reports exhaustion as an error event with the trail', async () => {
    const clock = fakeClock();
    await using rig = await startRig([hang, openaiError(500, 'no')], {
      clock,
      chain: { openAfter: '20s', timeouts: { headers: '50s' } },
    });
    const pending = requestStream(rig);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    clock.advance(20_000);
    const reader = (await pending).body!.getReader();
    let wire = await readUntil(reader, ': keep-alive\n');
    clock.advance(15_000);
    wire += await readUntil(reader, ': keep-alive\n');
    clock.advance(15_000);
    wire += await readUntil(reader, 'all_providers_exhausted');
    expect(wire).toMatch(/"code":"all_providers_exhausted","attempts":\[\{.*\}\]\}\}\n\n$/);
    expect(wire).not.toContain('[DONE]');
    expect(await rig.ended()).toMatchObject({ code: 'all_providers_exhausted', status: 503 });
    expect(rig.finished()).toHaveLength(1);
  });

  test('tries no further entry when its client disconnects', async () => {
    const clock = fakeClock();
    await using rig = await startRig([hang, served], { clock, chain: { openAfter: '1s' } });
    const socket = rawClient(rig);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    const opened = new Promise<void>((resolve) => void socket.once('data', () => resolve()));
    clock.advance(1000);
    await opened;
    socket.resetAndDestroy();
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    expect(await rig.ended()).toMatchObject({ code: 'client_closed', status: 499 });
    expect(rig.upstreams[1]?.hits).toEqual([]);
  });

  test.each(['by a dispose', 'by a return'])(
    'tries no further entry in process when its stream is ended %s',
    async (way) => {
      const clock = fakeClock();
      await using rig = await startRig([hang, served], { clock, chain: { openAfter: '1s' } });
      const pending = rig.gateway.caller.chat.completions.stream(HELLO);
      await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
      clock.advance(1000);
      const stream = await pending;
      if (way === 'by a dispose') await stream[Symbol.asyncDispose]();
      else {
        const reading = stream[Symbol.asyncIterator]();
        const next = reading.next();
        await Promise.all([reading.return?.(), expect(next).rejects.toMatchObject({ code: 'client_closed' })]);
      }
      await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
      expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
      expect(rig.upstreams[1]?.hits).toEqual([]);
    },
  );

  test('has no effect on a request for JSON', async () => {
    const clock = fakeClock();
    await using rig = await startRig([hang, chatCompletion({ content: 'x' })], { clock, chain: { openAfter: '1s' } });
    const pending = post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    clock.advance(600_000);
    const response = await pending;
    expect([response.status, rig.finished().length]).toEqual([504, 1]);
  });
});

test('a prompt that every entry reports as too long inside a 200 is a 400 with that error', async () => {
  const long: Reply = {
    headers: STREAM,
    chunks: ['data: {"error":{"message":"Too long.","code":"context_length_exceeded"}}\n\n'],
  };
  await using rig = await startRig([long, long]);
  for (const way of ['REST over HTTP', 'tRPC by our client'] as const)
    expect(await DOORS[way]!.stream(rig, HELLO)).toMatchObject({ status: 400, code: 'context_length_exceeded' });
});

test('a rate limit in a bare JSON error before the first token cools the entry down', async () => {
  const limited: Reply = {
    headers: STREAM,
    chunks: [ROLE, '{"error":{"message":"Slow down.","code":"rate_limit_exceeded"}}\n\n'],
  };
  await using rig = await startRig([limited, served]);
  for (let n = 0; n < 2; n++) expect(textOf(await DOORS['REST over HTTP']!.stream(rig, HELLO))).toBe('served');
  expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([1, 2]);
});

test('a rate limit in an error after the first token cools the entry down, and the next request skips it', async () => {
  const limited: Reply = {
    headers: STREAM,
    chunks: [ROLE, HI, 'data: {"error":{"message":"Slow down.","code":"rate_limit_exceeded"}}\n\n'],
  };
  await using rig = await startRig([limited, served]);
  expect((await DOORS['REST over HTTP']!.stream(rig, HELLO)).code).toBe('rate_limit_exceeded');
  expect(textOf(await DOORS['REST over HTTP']!.stream(rig, HELLO))).toBe('served');
  expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual([1, 1]);
});
