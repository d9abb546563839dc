import { expect, test } from 'vitest';
import type { Codec } from '../../src/dialects/codec.ts';
import { openaiChat } from '../../src/dialects/openai/chat/codec.ts';
import type { SseEvent } from '../../src/domain/stream-grammar.ts';
import { chatStream, type Reply, startScriptedUpstream } from '../../src/testing/index.ts';
import { attempted } from '../helpers/attempted.ts';
import { callOf } from '../helpers/call.ts';
import { grammarWith } from '../helpers/grammar.ts';
import { targetOf } from '../helpers/target.ts';
import { endpointAt } from '../upstream/exchange.ts';
import { encodedBy } from '../helpers/encoded.ts';

function named(name: string, data: object): SseEvent {
  return { name, data: Buffer.from(JSON.stringify(data)), plain: undefined };
}

/** A codec that shows two named events in place of each of the provider's, and one more at the end, as a codec between two APIs does. */
const writing: Codec = {
  ...openaiChat,
  grammar(context) {
    const grammar = openaiChat.grammar(context);
    let seen = 0;
    return grammarWith(grammar, {
      // Each event becomes other events, so none can pass as it is.
      skim: (_, from) => from,
      inspect(event) {
        const inspection = grammar.inspect(event);
        seen++;
        return { ...inspection, instead: [named('part', { n: seen }), named('part', { n: seen, again: true })] };
      },
      finish: () => [named('last', { of: seen })],
    });
  },
  *fromEvents(events) {
    yield;
    return Buffer.from(JSON.stringify({ events: events.map(String) }));
  },
  *judge(body) {
    yield;
    return { kind: 'answer', value: Object(JSON.parse(String(body))), usage: undefined, outputBytes: 0 };
  },
};

const STREAMED = { call: callOf({ input: {}, stream: true }) };

test('the events that a grammar shows in place of another, and at the end, are passed on in order with their names', async () => {
  const result = await attempted(chatStream({ content: 'Hi' }), writing, STREAMED);
  const numbers = [...result.text.matchAll(/^event: part\ndata: \{"n":(\d+)(,"again":true)?\}\n\n/gm)];
  expect(numbers.length).toBeGreaterThan(2);
  const order = numbers.map(([, n, again]) => `${n}${again === undefined ? '' : ' again'}`);
  expect(order).toEqual(
    Array.from({ length: numbers.length / 2 }, (_, index) => [`${index + 1}`, `${index + 1} again`]).flat(),
  );
  // The end mark counts as an event of its own, for which nothing is shown.
  expect(result.text.endsWith(`event: last\ndata: {"of":${numbers.length / 2 + 1}}\n\n`)).toBe(true);
  expect(result.named).toBe(true);
});

test('a stream in place of JSON is joined with the final events of its grammar', async () => {
  const { result } = await attempted(chatStream({ content: 'Hi' }), writing, { call: callOf({ input: {} }) });
  const { events } = Object(result.kind === 'answered' && result.answer.kind === 'json' && result.answer.value);
  expect(events.length).toBeGreaterThan(2);
  expect(events.at(-1)).toMatch(/^\{"of":\d+\}$/);
});

test('a grammar that throws at the end of an uncommitted stream fails the attempt, which commits nothing', async () => {
  const throwing: Codec = {
    ...openaiChat,
    grammar: (context) =>
      grammarWith(openaiChat.grammar(context), {
        finish() {
          throw new TypeError('secret');
        },
      }),
  };
  const gate = { onHead: false, onEvent: () => false };
  const { result } = await attempted(chatStream({ content: 'Hi' }), throwing, { ...STREAMED, gate });
  expect(result).toMatchObject({
    kind: 'failed',
    failure: { kind: 'malformed', message: 'The reply cannot be read (TypeError).' },
  });
});

test('a stream that fails does not get the final events of its grammar', async () => {
  const cut: Reply = { ...chatStream({ content: 'Hi' }), end: 'rst' };
  const chunks = (cut.chunks ?? []).slice(0, 2);
  const { text } = await attempted({ ...cut, chunks: [...chunks, { delay: 10 }] }, writing, STREAMED);
  expect(text).toContain('event: part');
  expect(text).not.toContain('event: last');
});

/** Events as text, each with a name. */
function withNames(text: unknown): string {
  return String(text).replaceAll('data: {', 'event: chat\ndata: {');
}

test('a provider’s event names are kept, and a stream without any is not named', async () => {
  const plain = chatStream({ content: 'Hi' });
  const chunks = (plain.chunks ?? []).map((each) =>
    withNames(typeof each === 'object' && 'data' in each ? each.data : each),
  );
  const kept = await attempted({ ...plain, chunks }, openaiChat, STREAMED);
  expect(kept.named).toBe(true);
  const events = kept.text.split('\n\n').filter(Boolean);
  expect(events.length).toBeGreaterThan(1);
  for (const event of events) expect(event).toMatch(/^event: chat\ndata: \{.*\}$/);
  expect((await attempted(plain, openaiChat, STREAMED)).named).toBe(false);
});

test('a request has the client’s forwarded headers, which the configured and the gateway’s own override', async () => {
  await using upstream = await startScriptedUpstream({ script: chatStream({ content: 'Hi' }) });
  const { baseUrl } = upstream;
  const call = callOf({ input: {}, headers: { 'x-version': '1', 'x-team': 'client', accept: 'x/y' } });
  const { request } = encodedBy(
    openaiChat,
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
