import { describe, expect, test } from 'vitest';
import { openaiResponses } from '../../../../src/dialects/openai/responses/codec.ts';
import { createResponsesGrammar } from '../../../../src/dialects/openai/responses/grammar.ts';
import { GatewayError } from '../../../../src/domain/errors.ts';
import { PLAIN_RULES } from '../../../../src/domain/limits.ts';
import type { Inspection, SseEvent } from '../../../../src/domain/stream-grammar.ts';
import { readReportedError } from '../../../../src/refusals/read.ts';
import { createEventScanner } from '../../../../src/sse/event-scanner.ts';
import { eventBytes, namedEvent } from '../../../../src/sse/framing.ts';
import { eventsIn, fixturesOf } from '../../../helpers/dialect-fixtures.ts';
import { caseOf, contextOf, dataOf, shownBy } from './fixtures.ts';

const FIXTURES = fixturesOf('responses');
const grammarOf = () => openaiResponses.grammar(contextOf());
const byName = (name: string) =>
  FIXTURES.filter(({ id }) => id.endsWith(name)).flatMap(({ stream }) => eventsIn(stream));
const eventOf = (value: { type: string; [name: string]: unknown }): SseEvent =>
  namedEvent(value.type, JSON.stringify(value));

/** The gate's letters of one event: `T` token, `F` finish, `U` usage, `E` error, `D` end, `-` feeds, `.` none of these. */
function letters({ token, feeds, done, usage, error }: Inspection): string {
  if (error !== undefined) return 'E';
  // The terminal event is held until the end, so that it is no token of its own.
  if (done) return usage === undefined ? 'TFD' : 'TFUD';
  if (token) return 'T';
  return feeds ? '-' : '.';
}

describe.each(FIXTURES.map((fixture) => [fixture.id, fixture] as const))('%s', (_id, fixture) => {
  const { gate = [], stream, truncated, neutral, error } = fixture;

  test('each event means to the gate what it says', () => {
    const grammar = grammarOf();
    expect(eventsIn(stream).map((event) => letters(grammar.inspect(event)))).toEqual(gate);
  });

  test('the bytes of a complete stream are shown as they came', () => {
    const { events, complete } = shownBy(grammarOf(), eventsIn(stream));
    expect(complete).toBe(truncated === undefined && error === undefined);
    if (!complete) return;
    const shown = Buffer.concat(events.map(eventBytes)).toString('utf8');
    expect(shown).toBe(stream.toString('utf8').replace('data: [DONE]\n\n', ''));
  });

  test('the usage is that of the last event', () => {
    const { usage } = shownBy(grammarOf(), eventsIn(stream));
    if (neutral === undefined) return expect(usage).toBeUndefined();
    const { input, cacheRead, cacheWrite, output, reasoning } = neutral.usage;
    expect(usage).toMatchObject({ input, cachedInput: cacheRead, cacheWrite, output, reasoning, source: 'provider' });
  });

  test('a stream that is cut before its last event is not complete', () => {
    const events = eventsIn(stream);
    const end = events.findIndex((event) => grammarOf().inspect(event).done);
    expect(shownBy(grammarOf(), end === -1 ? events : events.slice(0, end)).complete).toBe(false);
  });
});

describe('errors', () => {
  test('a failed response is an error with its code and its text', () => {
    const { seen } = shownBy(grammarOf(), byName('18-failed-only'));
    expect(seen.at(-1)?.error).toMatchObject({ code: 'rate_limit_exceeded', message: /try again in 1.2s/ });
  });

  test('a failed response without a reason is an error', () => {
    const seen = grammarOf().inspect(eventOf({ type: 'response.failed', response: { status: 'failed', error: null } }));
    expect(seen.error?.message).toBe('The response failed.');
  });

  test('an error event in plain text is an error', () => {
    const seen = grammarOf().inspect({ name: 'error', data: Buffer.from('no capacity'), plain: undefined });
    expect(seen.error?.message).toBe('no capacity');
  });

  test('an event that is not JSON cannot be read', () => {
    const data = Buffer.from('{"type":"response.output_text.delta","delta":"a');
    expect(grammarOf().inspect({ name: undefined, data, plain: undefined }).unreadable).toBe(true);
  });

  test('a failure continues the numbers and the response that were shown', () => {
    const grammar = grammarOf();
    const events = byName('20-truncated');
    for (const event of events) grammar.inspect(event);
    const failure = grammar.failed?.(new GatewayError('upstream_truncated', { message: 'It stopped.' })) ?? [];
    expect(failure.map(({ name }) => name)).toEqual(['error', 'response.failed']);
    expect(failure.map(dataOf)).toMatchObject([
      { sequence_number: events.length, code: 'upstream_truncated', error: { message: 'It stopped.' } },
      { sequence_number: events.length + 1, response: { id: 'resp_fx1', status: 'failed', model: 'fx-resp-1' } },
    ]);
  });

  test('a failure keeps less of a response that nests too deep to be written', () => {
    const grammar = grammarOf();
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const data = Buffer.from(`{"type":"response.created","response":{"id":"resp_1","metadata":${deep}}}`);
    grammar.inspect({ name: undefined, data, plain: undefined });
    const failure = grammar.failed?.(new GatewayError('upstream_failed', { message: 'a' })) ?? [];
    expect(failure.map(dataOf)[1]).toMatchObject({ response: { id: 'resp_1', status: 'failed' } });
  });

  test('D60: a quota that is used up shows nothing, and is no money', () => {
    const { in: sent, want } = caseOf('D60');
    const events = (sent as { events: { type: string }[] }).events.map(eventOf);
    const { seen } = shownBy(grammarOf(), events);
    expect(seen.some(({ token }) => token)).toBe(false);
    const error = seen.at(-1)?.error;
    expect(error && readReportedError(error, { rules: PLAIN_RULES, now: 0 }).class).toBe(want['class']);
  });

  test('a failure before any event needs nothing of the stream', () => {
    expect(grammarOf().failed?.(new GatewayError('upstream_failed', { message: 'a' }))).toBeUndefined();
  });
});

describe('tokens', () => {
  test('text that comes whole is a token once', () => {
    const grammar = grammarOf();
    const place = { output_index: 0, content_index: 0 };
    const done = grammar.inspect(eventOf({ type: 'response.output_text.done', ...place, text: 'a' }));
    const part = eventOf({ type: 'response.content_part.done', ...place, part: { type: 'output_text', text: 'a' } });
    expect([done.token, grammar.inspect(part).token]).toEqual([true, false]);
  });

  test('an unknown event is shown and feeds nothing', () => {
    const seen = grammarOf().inspect(eventOf({ type: 'vendor.ping' }));
    expect(seen).toMatchObject({ show: true, feeds: false, token: false });
  });

  test.each([
    ['next', false],
    ['accept', true],
  ] as const)('an empty completed response with emptyAnswer %s is complete: %s', (emptyAnswer, isComplete) => {
    const grammar = createResponsesGrammar({ emptyAnswer });
    grammar.inspect(eventOf({ type: 'response.completed', response: { status: 'completed', output: [] } }));
    expect(grammar.complete()).toBe(isComplete);
  });

  test('output that only the last event holds is output', () => {
    const grammar = createResponsesGrammar({ emptyAnswer: 'next' });
    const output = [{ type: 'message', content: [{ type: 'output_text', text: 'abc' }] }];
    grammar.inspect(eventOf({ type: 'response.completed', response: { status: 'completed', output } }));
    expect([grammar.complete(), grammar.outputBytes()]).toEqual([true, 3]);
  });
});

test('a response gets the id that the client is to see in every event that holds it', () => {
  const grammar = createResponsesGrammar({ emptyAnswer: 'accept', members: { id: 'resp_own' } });
  const { events } = shownBy(grammar, byName('01-text'));
  const ids = events.map((event) => dataOf(event)['response']).filter((each) => each !== undefined);
  expect(ids).toHaveLength(3);
  expect(ids).toEqual(ids.map(() => expect.objectContaining({ id: 'resp_own' })));
});

const delta = (number: number, text: string, more = {}) =>
  eventBytes(
    eventOf({
      type: 'response.output_text.delta',
      sequence_number: number,
      item_id: 'msg_1',
      output_index: 0,
      content_index: 0,
      delta: text,
      logprobs: [],
      obfuscation: 'x'.repeat(number % 7),
      ...more,
    }),
  );

function skimmed(...events: readonly Buffer[]): { inspected: number; grammar: ReturnType<typeof grammarOf> } {
  const grammar = grammarOf();
  let inspected = 0;
  const scanner = createEventScanner(
    (event) => {
      inspected++;
      grammar.inspect(event);
    },
    { runs: { skim: (text, from) => grammar.skim(text, from), onRun: () => undefined } },
  );
  scanner.push(Buffer.concat([eventBytes(eventOf({ type: 'response.created', response: { id: 'r' } })), ...events]));
  scanner.end();
  return { inspected, grammar };
}

describe('runs', () => {
  test('deltas that differ in text, padding and number pass unread', () => {
    const deltas = Array.from({ length: 200 }, (_, at) => delta(at + 1, `é "${at}"\n`));
    const { inspected, grammar } = skimmed(...deltas);
    expect(inspected).toBe(2);
    const failure = grammar.failed?.(new GatewayError('upstream_failed', { message: 'a' })) ?? [];
    expect(failure.map(dataOf)).toMatchObject([{ sequence_number: 201 }, { sequence_number: 202 }]);
    expect(grammar.outputBytes()).toBeGreaterThan(200 * 6);
  });

  test.each([
    ['another item', delta(3, 'c', { output_index: 1 })],
    ['logprobs', delta(3, 'c', { logprobs: [{ token: 'c' }] })],
    ['a number with a leading zero', Buffer.from(delta(3, 'c').toString().replace(':3,', ':03,'))],
    [
      'a text that is no JSON',
      Buffer.from(
        delta(3, 'c')
          .toString()
          .replace('"c"', String.raw`"\c"`),
      ),
    ],
    ['a second text', Buffer.from(delta(3, 'c').toString().replace('"c"', '"c","delta":"d"'))],
  ])('an event with %s is read', (_what, event) => {
    expect(skimmed(delta(1, 'a'), delta(2, 'b'), event).inspected).toBe(3);
  });
});

describe('the end of an item', () => {
  const text = 'a long text, é, '.repeat(40);
  const done = (index: number): SseEvent =>
    eventOf({ type: 'response.output_text.done', item_id: 'msg_1', output_index: index, text, sequence_number: 2 });
  const begun = (): ReturnType<typeof grammarOf> => {
    const grammar = grammarOf();
    grammar.inspect(eventOf({ type: 'response.output_text.delta', output_index: 0, delta: text }));
    return grammar;
  };

  test('a text that the item has had counts no second time', () => {
    const grammar = begun();
    for (const event of [done(0), done(0)]) expect(grammar.inspect(event)).toMatchObject({ token: false, feeds: true });
    expect(grammar.outputBytes()).toBe(Buffer.byteLength(text));
  });

  test('a text of another item that comes whole counts, also one that repeats it', () => {
    const grammar = begun();
    for (const event of [done(0), done(1)]) grammar.inspect(event);
    expect(grammar.outputBytes()).toBe(2 * Buffer.byteLength(text));
  });

  test('a repeated text in an event that is cut makes it unreadable', () => {
    const grammar = begun();
    grammar.inspect(done(0));
    const { name, data } = done(0);
    expect(grammar.inspect({ name, data: data.subarray(0, -1), plain: undefined }).unreadable).toBe(true);
  });

  test('the last event is shown as it came, and its usage is read', () => {
    const grammar = begun();
    grammar.inspect(done(0));
    const output = [{ type: 'message', content: [{ type: 'output_text', text }] }];
    const usage = { input_tokens: 3, output_tokens: 4 };
    const last = eventOf({ type: 'response.completed', response: { status: 'completed', output, usage } });
    expect(grammar.inspect(last)).toMatchObject({ done: true, usage: { input: 3, output: 4 } });
    expect(grammar.finish()).toEqual([last]);
  });

  test('an event is what its data says, whatever its name', () => {
    const grammar = begun();
    const { data } = eventOf({ type: 'response.failed', response: { error: { message: 'broken' } } });
    expect(grammar.inspect({ name: 'response.completed', data, plain: undefined }).error?.message).toBe('broken');
  });
});
