import { expect, test } from 'vitest';
import { attempt } from '../../src/attempt/attempt.ts';
import { commitGate } from '../../src/chain/commit.ts';
import type { Codec } from '../../src/dialects/codec.ts';
import { openaiChat } from '../../src/dialects/openai/chat/codec.ts';
import type { Call } from '../../src/domain/call.ts';
import { raw } from '../../src/domain/event-stream.ts';
import type { SseEvent } from '../../src/domain/stream-grammar.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createCohort } from '../../src/lib/cohort.ts';
import { chatStream, type Reply, startScriptedUpstream } from '../../src/testing/index.ts';
import { createTransport } from '../../src/upstream/dispatch.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { callOf } from '../helpers/call.ts';
import { targetOf } from '../helpers/target.ts';
import { endpointAt, using } from '../upstream/exchange.ts';

const NEVER = { connect: 9e6, headers: 9e6, firstToken: 9e6, streamStart: 9e6, idle: 9e6, total: 9e6 };

/** What a writing codec shows in place of the provider's own events: a name, and the number of the event. */
const shown = (name: string, data: object): SseEvent => ({
  name,
  data: Buffer.from(JSON.stringify(data)),
  plain: undefined,
});

/** A codec that shows two named events for each of the provider's, and one more at the end, as one between two APIs does. */
const writing: Codec = {
  ...openaiChat,
  grammar(call, quirks) {
    const grammar = openaiChat.grammar(call, quirks);
    let seen = 0;
    return {
      ...grammar,
      // Each event becomes other events, so none can pass as it is.
      skim: (_, from) => from,
      inspect(event) {
        const inspection = grammar.inspect(event);
        seen++;
        return { ...inspection, instead: [shown('part', { n: seen }), shown('part', { n: seen, again: true })] };
      },
      finish: () => [shown('last', { of: seen })],
    };
  },
};

async function eventsOf(reply: Reply, codec: Codec, call: Call) {
  await using upstream = await startScriptedUpstream({ script: reply });
  await using pools = using(createPools());
  const { baseUrl } = upstream;
  const tools = {
    transport: createTransport(pools),
    clock: systemClock,
    codecOf: () => codec,
    inCohort: createCohort(),
  };
  const result = await attempt(
    tools,
    {
      call,
      target: targetOf({ baseUrl, endpoint: endpointAt(new URL(baseUrl).origin) }),
      timeouts: NEVER,
      commitWithin: 9e6,
      gate: commitGate('first-token'),
      redact: (text) => text,
      headers: {},
      signal: new AbortController().signal,
      listener: {},
    },
    new Set(),
  );
  if (result.kind === 'failed') throw new Error(result.failure.message);
  if (result.answer.kind === 'json') return { text: JSON.stringify(result.answer.value), named: false };
  const { stream } = result.answer;
  const { promise, resolve } = Promise.withResolvers<void>();
  let text = '';
  const control = stream[raw]({
    events: (bytes) => void (text += bytes.toString()),
    end: () => resolve(),
  });
  control.resume();
  await promise;
  return { text, named: stream.named };
}

test('events that a grammar shows in place of one, and at the end, are passed on in order and with their names', async () => {
  const { text, named } = await eventsOf(chatStream({ content: 'Hi' }), writing, callOf({ input: {}, stream: true }));
  const numbers = [...text.matchAll(/^event: part\ndata: \{"n":(\d+)(,"again":true)?\}\n\n/gm)];
  expect(numbers.length).toBeGreaterThan(2);
  const order = numbers.map(([, n, again]) => `${n}${again === undefined ? '' : ' again'}`);
  expect(order).toEqual(
    Array.from({ length: numbers.length / 2 }, (_, index) => [`${index + 1}`, `${index + 1} again`]).flat(),
  );
  // The end mark counts as an event of its own, for which nothing is shown.
  expect(text.endsWith(`event: last\ndata: {"of":${numbers.length / 2 + 1}}\n\n`)).toBe(true);
  expect(named).toBe(true);
});

test('a stream that fails gets no events of its grammar’s end', async () => {
  const cut: Reply = { ...chatStream({ content: 'Hi' }), end: 'rst' };
  const chunks = (cut.chunks ?? []).slice(0, 2);
  const { text } = await eventsOf(
    { ...cut, chunks: [...chunks, { delay: 10 }] },
    writing,
    callOf({ input: {}, stream: true }),
  );
  expect(text).toContain('event: part');
  expect(text).not.toContain('event: last');
});

/** A text of events, each with a name. */
function named(text: unknown): string {
  return String(text).replaceAll('data: {', 'event: chat\ndata: {');
}

test('a provider’s own event names stay with their chunks, and a stream without any is not named', async () => {
  const plain = chatStream({ content: 'Hi' });
  const chunks = (plain.chunks ?? []).map((each) =>
    named(typeof each === 'object' && 'data' in each ? each.data : each),
  );
  const call = callOf({ input: {}, stream: true });
  const kept = await eventsOf({ ...plain, chunks }, openaiChat, call);
  expect(kept.named).toBe(true);
  const events = kept.text.split('\n\n').filter(Boolean);
  expect(events.length).toBeGreaterThan(1);
  for (const event of events) expect(event).toMatch(/^event: chat\ndata: \{.*\}$/);
  expect((await eventsOf(plain, openaiChat, call)).named).toBe(false);
});

test('a request carries the client’s forwarded headers, below the configured and the gateway’s own', async () => {
  await using upstream = await startScriptedUpstream({ script: chatStream({ content: 'Hi' }) });
  const { baseUrl } = upstream;
  const call = callOf({ input: {}, headers: { 'x-version': '1', 'x-team': 'client', accept: 'x/y' } });
  const { request } = openaiChat.encode(
    call,
    targetOf({ baseUrl, endpoint: endpointAt(new URL(baseUrl).origin), headers: { 'x-team': 'configured' } }),
    { without: new Set(), headers: { via: '1.1 gateway' } },
  );
  expect(request.headers).toMatchObject({
    'x-version': '1',
    'x-team': 'configured',
    accept: 'application/json',
    via: '1.1 gateway',
  });
});
