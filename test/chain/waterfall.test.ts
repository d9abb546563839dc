import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chatCompletion, chatStream, chunk, openaiError, type Reply } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const STREAM = { 'content-type': 'text/event-stream' };

/** What an entry may reply, and the effect: the chain fails over, answers, or fails over after a refusal of the request. */
const ACTS: Readonly<
  Record<string, { reply: (stream: boolean) => Reply; leadsTo: 'failover' | 'answer' | 'refusal' }>
> = {
  ok: {
    reply: (stream) => (stream ? chatStream({ content: 'ok' }) : chatCompletion({ content: 'ok' })),
    leadsTo: 'answer',
  },
  '429': { reply: () => openaiError(429, 'slow'), leadsTo: 'failover' },
  '500': { reply: () => openaiError(500, 'oops'), leadsTo: 'failover' },
  '401': { reply: () => openaiError(401, 'key'), leadsTo: 'failover' },
  '400': { reply: () => openaiError(400, 'yours'), leadsTo: 'refusal' },
  refused: { reply: () => ({ head: false, end: 'rst' }), leadsTo: 'failover' },
  garbage: { reply: () => ({ raw: 'no HTTP\r\n\r\n' }), leadsTo: 'failover' },
  html: { reply: () => ({ headers: { 'content-type': 'text/html' }, body: '<p>' }), leadsTo: 'failover' },
  'silent stream': {
    reply: (stream) =>
      stream ? { headers: STREAM, chunks: [chunk({ delta: { role: 'assistant' } })] } : openaiError(502, 'x'),
    leadsTo: 'failover',
  },
};

test('for any script the first entry that can serve answers, attempts are in order, and nothing is sent after it', async () => {
  const script = fc.array(fc.constantFrom(...Object.keys(ACTS)), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(script, fc.boolean(), async (names, stream) => {
      const acts = names.map((name) => ACTS[name]).filter((act) => act !== undefined);
      await using rig = await startRig(acts.map((act) => act.reply(stream)));
      const response = await post(rig.gateway.fetch, 'http://spillway/v1/chat/completions', { ...HELLO, stream });
      await response.text();
      const last = acts.findIndex((act) => act.leadsTo === 'answer');
      const tried = last === -1 ? acts.length : last + 1;
      expect(rig.upstreams.map(({ hits }) => hits.length)).toEqual(acts.map((_, index) => (index < tried ? 1 : 0)));
      // An entry that failed may answer later; one that refused the request does not.
      const unanswered = acts.every((act) => act.leadsTo === 'refusal') ? 400 : 503;
      expect(response.status).toBe(last === -1 ? unanswered : 200);
      const times = rig.upstreams.flatMap(({ hits }) => hits.map(({ at }) => at));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      const [finished] = rig.finished();
      expect(rig.finished()).toHaveLength(1);
      expect(finished?.trail.map(({ provider }) => provider)).toEqual(
        rig.upstreams.slice(0, tried).map((_, index) => String.fromCodePoint(97 + index)),
      );
    }),
    { numRuns: 40 },
  );
});

test('a cooldown from a 429 skips the entry until it recovers, and the trail has the reason', async () => {
  await using rig = await startRig([
    openaiError(429, 'slow', { headers: { 'retry-after': '30' } }),
    chatCompletion({ content: 'b' }),
  ]);
  for (let n = 0; n < 3; n++) {
    const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
    expect(response.headers.get('x-spillway-attempts')).toBe(n === 0 ? '2' : '1');
    await response.body?.cancel();
  }
  expect(rig.upstreams[0]?.hits).toHaveLength(1);
  expect(rig.finished()[1]?.trail).toMatchObject([
    { provider: 'a', outcome: 'skipped' },
    { provider: 'b', outcome: 'answered' },
  ]);
});

test('an exhausted chain sends retry-after, and x-should-retry: false where a retry cannot help', async () => {
  await using soon = await startRig([
    openaiError(429, 'slow', { headers: { 'retry-after': '30' } }),
    openaiError(429, 'slow', { headers: { 'retry-after': '7' } }),
  ]);
  const first = await post(fetch, `${soon.url}/v1/chat/completions`, HELLO);
  expect([first.status, first.headers.get('retry-after'), first.headers.get('x-should-retry')]).toEqual([
    503,
    '7',
    null,
  ]);

  await using broke = await startRig([openaiError(402, 'pay')]);
  const second = await post(fetch, `${broke.url}/v1/chat/completions`, HELLO);
  expect([second.status, second.headers.get('retry-after'), second.headers.get('x-should-retry')]).toEqual([
    503,
    '60',
    'false',
  ]);
  expect(await second.json()).toMatchObject({
    error: { retry_at: expect.stringMatching(/Z$/), attempts: [{ outcome: 'exhausted', status: 402 }] },
  });
});

test('the deadline ends the chain with 504, and the error holds the trail', async () => {
  await using rig = await startRig(
    [
      { head: false, end: 'hang' },
      { head: false, end: 'hang' },
    ],
    { chain: { deadline: '2s' } },
  );
  // No other timeout is shorter: that one would fail as `silent` and not by the deadline.
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({
    error: { code: 'deadline_exceeded', attempts: [{ outcome: 'silent' }, { outcome: 'silent' }] },
  });
});

test('a client can only shorten the deadline', async () => {
  await using rig = await startRig([{ head: false, end: 'hang' }], { chain: { deadline: '300ms' } });
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO, {
    headers: { 'x-spillway-deadline': '1h' },
  });
  expect(response.status).toBe(504);
  expect(await response.text()).toContain('No entry answered within 300 ms.');
});

test('an error for a deadline of the client’s names that one, and not the chain’s', async () => {
  await using rig = await startRig([{ head: false, end: 'hang' }], { chain: { deadline: '10m' } });
  const headers = { 'x-spillway-deadline': '0.05s' };
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO, { headers });
  expect([response.status, await response.text()]).toEqual([504, expect.stringContaining('within 50 ms.')]);
});

test.each([
  ['headers', { headers: '80ms' }, { head: false, end: 'hang' }],
  [
    'the first token',
    { firstToken: '80ms' },
    { headers: STREAM, chunks: [chunk({ delta: { role: 'assistant' } })], end: 'hang' },
  ],
  [
    'the first token, in spite of comments',
    { firstToken: '80ms' },
    { headers: STREAM, chunks: Array.from({ length: 50 }, () => ({ data: ': ping\n\n', delay: 10 })) },
  ],
  ['data', { idle: '80ms' }, { headers: STREAM, chunks: [chunk({ delta: { role: 'assistant' } })], end: 'hang' }],
  [
    'the whole answer',
    { total: '80ms' },
    { headers: STREAM, chunks: [chunk({ delta: { role: 'assistant' } })], end: 'hang' },
  ],
] as const)('a stream that is late with %s fails over, and its socket is closed', async (_, timeouts, first) => {
  // Only the first entry's timeouts are short: the second may take as long as a busy machine needs.
  const entries = [{ provider: 'a', model: 'model-a', timeouts }, 'b/model-b'];
  await using rig = await startRig([first, chatStream({ content: 'b' })], {
    config: { chains: { default: { entries } } },
  });
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true });
  expect(response.headers.get('x-spillway-provider')).toBe('b');
  expect(await response.text()).toContain('[DONE]');
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
});

test('a stream that stalls after its commit ends with a timeout error', async () => {
  const first = { headers: STREAM, chunks: [chunk({ delta: { content: 'Hi' } })], end: 'hang' } as const;
  const clock = fakeClock();
  await using rig = await startRig([first, chatStream({ content: 'never' })], {
    clock,
    chain: { timeouts: { idle: '100ms' } },
  });
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true });
  clock.advance(100);
  const text = await response.text();
  expect(text).toContain('"code":"upstream_timeout"');
  expect(text).not.toContain('[DONE]');
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
});

test('under the commit policy first-event, a role is enough', async () => {
  const first = { headers: STREAM, chunks: [chunk({ delta: { role: 'assistant' } })], end: 'fin' } as const;
  await using rig = await startRig([first, chatStream({ content: 'never' })]);
  const response = await post(
    fetch,
    `${rig.url}/v1/chat/completions`,
    { ...HELLO, stream: true },
    { headers: { 'x-spillway-commit': 'first-event' } },
  );
  expect(response.headers.get('x-spillway-provider')).toBe('a');
  expect(await response.text()).toContain('upstream_truncated');
});

test('an empty answer with a finish reason is an answer', async () => {
  await using rig = await startRig([chatStream({ content: '' }), chatStream({ content: 'never' })]);
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true });
  expect(response.headers.get('x-spillway-provider')).toBe('a');
  expect((await response.text()).endsWith('data: [DONE]\n\n')).toBe(true);
});

test('a finished answer without the end mark is complete, and the gateway adds one', async () => {
  await using rig = await startRig([chatStream({ content: 'Hi', done: false })]);
  const text = await (await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true })).text();
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  expect(rig.finished()[0]?.code).toBe('ok');
});

test('after the end mark the client has its whole answer, though the upstream keeps its socket open', async () => {
  const open = { ...chatStream({ content: 'Hi' }), end: 'hang' } as const;
  const clock = fakeClock();
  await using rig = await startRig([open], { clock });
  // The clock stands still: no timeout can have ended it.
  await (await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true })).text();
  clock.advance(1000);
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
});
