import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import { createMessagesGrammar } from '../../../../src/dialects/anthropic/messages/grammar.ts';
import type { Inspection, SseEvent, StreamGrammar } from '../../../../src/domain/stream-grammar.ts';
import { createEventScanner } from '../../../../src/sse/event-scanner.ts';
import { eventBytes, namedEvent } from '../../../../src/sse/framing.ts';

interface Value extends Readonly<Record<string, unknown>> {
  readonly type: string;
}

const event = (value: Value): SseEvent => namedEvent(value.type, JSON.stringify(value));
const delta = (text: string, index = 0): SseEvent =>
  event({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } });
const bare = (value: object): SseEvent => ({
  name: undefined,
  data: Buffer.from(JSON.stringify(value)),
  plain: undefined,
});
const STOP = event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } });

interface Passed {
  readonly shown: string;
  readonly inspected: number;
  readonly grammar: StreamGrammar;
}

/** What a stream's bytes become, as the receiver reads them after the commit. */
function passed(events: readonly SseEvent[], cut?: number): Passed {
  const grammar = createMessagesGrammar(NO_QUIRKS);
  let shown = '';
  let inspected = 0;
  const scanner = createEventScanner(
    (each) => {
      inspected++;
      const { show, instead } = grammar.inspect(each);
      if (show) for (const one of instead ?? [each]) shown += eventBytes(one).toString('utf8');
    },
    {
      runs: {
        skim: (text, from) => grammar.skim(text, from),
        onRun: (run) => {
          shown += run.toString('utf8');
        },
      },
    },
  );
  const bytes = Buffer.concat(events.map(eventBytes));
  if (cut === undefined) scanner.push(bytes);
  else {
    scanner.push(bytes.subarray(0, cut));
    scanner.push(bytes.subarray(cut));
  }
  scanner.end();
  return { shown, inspected, grammar };
}

describe('deltas that differ only in their text', () => {
  test('pass unparsed after the first, and count as output', () => {
    const events = Array.from({ length: 50 }, (_, n) => delta(`word ${n} "quoted" \u2028 🙂`));
    const { shown, inspected, grammar } = passed(events);
    expect(inspected).toBe(1);
    expect(shown).toBe(events.map((each) => eventBytes(each).toString('utf8')).join(''));
    expect(grammar.outputBytes()).toBeGreaterThan(50 * 8);
  });

  test('of another block, of another kind, and what ends the answer is inspected', () => {
    const json = event({
      type: 'content_block_delta',
      index: 1,
      delta: { type: 'input_json_delta', partial_json: '{"text":"' },
    });
    const { inspected, grammar } = passed([
      delta('a'),
      delta('b'),
      json,
      json,
      delta('c', 2),
      delta('d', 2),
      STOP,
      delta('e', 2),
    ]);
    expect(inspected).toBe(5);
    expect(grammar.complete()).toBe(true);
  });

  test('are never lost or changed, whatever is in them and wherever the bytes are cut', () => {
    const events = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary' }).map((text) => delta(text)),
        fc.constantFrom(delta('', 1), STOP, event({ type: 'ping' })),
      ),
    );
    fc.assert(
      fc.property(events, fc.nat(2000), (all, cut) => {
        expect(passed(all, cut).shown).toBe(all.map((each) => eventBytes(each).toString('utf8')).join(''));
      }),
    );
  });
});

test('an event without a name gets the one that its clients look for', () => {
  const grammar = createMessagesGrammar(NO_QUIRKS);
  const sent = bare({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } });
  expect(grammar.inspect(sent)).toMatchObject({
    token: true,
    show: true,
    instead: [{ name: 'content_block_delta', data: sent.data }],
  });
  expect(grammar.inspect(bare({ type: 'message_stop' })).done).toBe(true);
});

test.each<[string, SseEvent, Partial<Inspection>]>([
  ['an event that is new', event({ type: 'brand_new' }), { show: true, token: false }],
  ['a ping', event({ type: 'ping' }), { show: true, feeds: false }],
  ['a ping without JSON', { name: 'ping', data: Buffer.from('.'), plain: undefined }, { show: false, feeds: false }],
  [
    'a delta that is cut',
    { name: 'content_block_delta', data: Buffer.from('{"type":"content_bl'), plain: undefined },
    { unreadable: true },
  ],
  ['a list', { name: undefined, data: Buffer.from('[1]'), plain: undefined }, { unreadable: true }],
  [
    'an error in text',
    { name: 'error', data: Buffer.from('overloaded'), plain: undefined },
    { error: expect.objectContaining({ message: 'overloaded' }) },
  ],
  ['OpenAI’s end mark', { name: undefined, data: Buffer.from('[DONE]'), plain: undefined }, { done: true }],
  ['an object of another API', bare({ choices: [] }), { show: false }],
])('%s', (_name, sent, want) => {
  expect(createMessagesGrammar(NO_QUIRKS).inspect(sent)).toMatchObject(want);
});

test('an answer without output is one, unless the next entry is to be tried', () => {
  for (const [emptyAnswer, complete, problem] of [
    ['accept', true, undefined],
    ['next', false, 'The answer is empty.'],
  ] as const) {
    const grammar = createMessagesGrammar({ emptyAnswer });
    expect(grammar.inspect(STOP).token).toBe(complete);
    expect([grammar.complete(), grammar.problem()]).toEqual([complete, problem]);
  }
});

test('counts replace each other, and an absent one erases none', () => {
  const grammar = createMessagesGrammar(NO_QUIRKS);
  const start = {
    usage: { input_tokens: 7, cache_read_input_tokens: 4000, cache_creation_input_tokens: 300, output_tokens: 1 },
  };
  expect(grammar.inspect(event({ type: 'message_start', message: start })).usage).toMatchObject({ input: 4307 });
  const end = {
    delta: { stop_reason: 'end_turn' },
    usage: { input_tokens: null, cache_read_input_tokens: 4000, output_tokens: 9 },
  };
  expect(grammar.inspect(event({ type: 'message_delta', ...end })).usage).toMatchObject({
    input: 4307,
    cachedInput: 4000,
    output: 9,
  });
});

test('the iterations of a provider’s own loop are added up, without its advisors', () => {
  const grammar = createMessagesGrammar(NO_QUIRKS);
  const iterations = [
    { type: 'message', input_tokens: 10, output_tokens: 1 },
    { type: 'compaction', input_tokens: 5, output_tokens: 2 },
    { type: 'advisor_message', input_tokens: 100, output_tokens: 100 },
  ];
  const usage = { input_tokens: 10, output_tokens: 1, iterations };
  expect(grammar.inspect(event({ type: 'message_delta', usage })).usage).toMatchObject({ input: 15, output: 3 });
});
