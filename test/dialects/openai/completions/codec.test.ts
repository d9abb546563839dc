import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import { openaiCompletions } from '../../../../src/dialects/openai/completions/codec.ts';
import type { SseEvent } from '../../../../src/domain/stream-grammar.ts';
import { runAtOnce } from '../../../../src/lib/steps.ts';
import { bareEvent } from '../../../../src/sse/framing.ts';
import { callOf } from '../../../helpers/call.ts';
import { fixturesOf, eventsIn } from '../../../helpers/dialect-fixtures.ts';
import { encodedBy } from '../../../helpers/encoded.ts';
import { streamed, valuesOf } from '../../../helpers/streamed.ts';
import { targetOf } from '../../../helpers/target.ts';

const fixtures = new Map(fixturesOf('ops').map((fixture) => [fixture.name, fixture]));
const contextOf = (input: object, stream = true) => ({
  call: callOf({ operation: 'completions', input: { prompt: 'Once', ...input }, stream }),
  quirks: NO_QUIRKS,
  model: 'm',
});
const options = { without: new Set<string>(), headers: {} };

function fixture(name: string): ReturnType<typeof fixturesOf>[number] {
  const found = fixtures.get(name);
  if (found === undefined) throw new Error(`There is no fixture ${name}.`);
  return found;
}

function eventsOf(...chunks: readonly (object | string)[]): readonly SseEvent[] {
  return chunks.map((chunk) => bareEvent(typeof chunk === 'string' ? chunk : JSON.stringify(chunk)));
}

const chunk = (text: string, reason: string | null = null, index = 0): object => ({
  id: 'cmpl-1',
  object: 'text_completion',
  choices: [{ text, index, logprobs: null, finish_reason: reason }],
});

test('the body goes to its endpoint as it came, with another model and the usage of the stream', () => {
  const input = '{"model":"default", "prompt" :[1,2],"stream":true}';
  const call = callOf({ operation: 'completions', input, stream: true });
  const { request, added } = encodedBy(openaiCompletions, call, targetOf({ model: 'text-1' }), options);
  expect(request.path).toBe('/completions');
  expect(String(request.body)).toBe(
    '{"model":"text-1", "prompt" :[1,2],"stream":true,"stream_options":{"include_usage":true}}',
  );
  expect(added).toEqual(['stream_options']);
});

test.each(['01-completions', '03-completions-many-prompts'])('%s is an answer', (name) => {
  const body = Buffer.from(JSON.stringify(fixture(name).reply.body));
  const verdict = runAtOnce(openaiCompletions.judge(body, contextOf({}, false)));
  expect(verdict).toMatchObject({ kind: 'answer', usage: { source: 'provider' } });
  expect(verdict.kind === 'answer' && verdict.outputBytes).toBeGreaterThan(0);
});

test.each([
  [{ choices: [] }, 'The answer has no choices.'],
  [{ choices: [{ index: 0 }] }, 'The answer has a choice without a text.'],
  [{ error: { message: 'no' } }, 'The answer is an error.'],
])('%j is no answer', (value, problem) => {
  const body = Buffer.from(JSON.stringify(value));
  expect(runAtOnce(openaiCompletions.judge(body, contextOf({}, false)))).toMatchObject({ kind: 'unusable', problem });
});

test('a recorded stream is judged event by event', () => {
  const { stream, gate = [], request } = fixture('02-completions-stream');
  const { inspections, complete, shown } = streamed(openaiCompletions, eventsIn(stream), contextOf(request.body));
  expect(inspections.map(({ token }) => token)).toEqual(gate.map((letters) => letters.includes('T')));
  expect(inspections.map(({ usage }) => usage !== undefined)).toEqual(gate.map((letters) => letters.includes('U')));
  expect(inspections.map(({ done }) => done)).toEqual(gate.map((letters) => letters.includes('D')));
  expect(complete).toBe(true);
  expect(shown).toHaveLength(4);
});

test('the usage is hidden from a client that does not request it, and counted all the same', () => {
  const { stream } = fixture('02-completions-stream');
  const { shown, inspections } = streamed(openaiCompletions, eventsIn(stream), contextOf({}));
  expect(shown).toHaveLength(3);
  expect(inspections.flatMap(({ usage }) => (usage === undefined ? [] : [usage]))).toMatchObject([{ output: 3 }]);
});

test.each<[object, number]>([
  [{}, 1],
  [{ n: 2 }, 2],
  [{ prompt: ['a', 'b'] }, 2],
  [{ prompt: ['a', 'b'], n: 2 }, 4],
  [{ prompt: [1, 2, 3] }, 1],
  [{ prompt: [[1], [2]] }, 2],
])('%j has so many choices: %i', (input, choices) => {
  const { grammar } = streamed(openaiCompletions, [], contextOf(input));
  for (let index = 0; index < choices; index++) {
    expect(grammar.settled()).toBe(false);
    for (const event of eventsOf(chunk('x', 'stop', index))) grammar.inspect(event);
  }
  expect(grammar.settled()).toBe(true);
});

test('a stream that ends within a choice is not complete', () => {
  expect(streamed(openaiCompletions, eventsOf(chunk('a')), contextOf({})).complete).toBe(false);
  const two = eventsOf(chunk('a', 'stop'), chunk('b', null, 1));
  expect(streamed(openaiCompletions, two, contextOf({ n: 2 })).complete).toBe(false);
  expect(streamed(openaiCompletions, eventsOf(chunk('a', 'stop')), contextOf({})).complete).toBe(true);
});

test('an error ends the stream, and so does a failure as a finish reason', () => {
  for (const last of [{ error: { message: 'no' } }, chunk('', 'abort')])
    expect(streamed(openaiCompletions, eventsOf(chunk('a'), last), contextOf({})).inspections.at(-1)).toMatchObject({
      show: false,
      error: { message: expect.any(String) },
    });
});

const seen = (...events: (object | string)[]): unknown =>
  streamed(openaiCompletions, eventsOf(...events), contextOf({})).inspections.at(-1)?.unreadable;

test('an event that cannot be read is a gap before the end, and nothing behind it', () => {
  expect(seen(chunk('a'), '{"choices":[{')).toBe(true);
  expect(seen(chunk('a', 'stop'), '{"usage":')).toBeUndefined();
});

test('what is no chunk of an answer is not shown', () => {
  const { shown } = streamed(openaiCompletions, eventsOf('5', '{}', '', chunk('a', 'stop')), contextOf({}));
  expect(shown).toHaveLength(1);
});

test('a completion as a stream, and back, is the same', () => {
  const logprobs = fc.record({ tokens: fc.array(fc.string()), token_logprobs: fc.array(fc.nat()) });
  const choice = fc.record({
    text: fc.string({ unit: 'grapheme' }),
    logprobs: fc.option(logprobs),
    finish_reason: fc.constantFrom('stop', 'length', 'content_filter'),
  });
  fc.assert(
    fc.property(fc.array(choice, { minLength: 1, maxLength: 4 }), fc.boolean(), (choices, counts) => {
      const completion = {
        id: 'cmpl-1',
        object: 'text_completion',
        created: 5,
        model: 'x',
        choices: choices.map((each, index) => ({ ...each, index })),
        ...(counts ? { usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } } : {}),
      };
      const context = contextOf({});
      const events = [...(openaiCompletions.toEvents(completion, context) ?? [])].flatMap((event) => event ?? []);
      const steps = openaiCompletions.fromEvents(
        events.map(({ data }) => data),
        context,
      );
      expect(JSON.parse(String(steps && runAtOnce(steps)))).toEqual(completion);
    }),
  );
});

const joined = (...chunks: object[]): unknown => {
  const data = chunks.map((each) => Buffer.from(JSON.stringify(each)));
  const steps = openaiCompletions.fromEvents(data, { quirks: NO_QUIRKS });
  const body = steps && runAtOnce(steps);
  return body === undefined ? undefined : JSON.parse(String(body));
};

test('texts of one choice are joined, and a choice without its end makes no answer', () => {
  expect(joined(chunk('a'), chunk('x', 'stop', 1), chunk('b', 'length'))).toMatchObject({
    choices: [
      { index: 0, text: 'ab', finish_reason: 'length' },
      { index: 1, text: 'x', finish_reason: 'stop' },
    ],
  });
  expect(joined(chunk('a'))).toBeUndefined();
  expect(openaiCompletions.toEvents({ choices: [{ text: 'a' }] }, contextOf({}))).toBeUndefined();
});

test('hostile events never make a grammar throw', () => {
  const value = fc.oneof(fc.anything({ maxDepth: 3 }), fc.record({ choices: fc.array(fc.anything({ maxDepth: 2 })) }));
  fc.assert(
    fc.property(fc.array(value), (values) => {
      const events = values.map((each) => ({ ...bareEvent('{}'), parsed: { value: each } }));
      const { shown } = streamed(openaiCompletions, events, contextOf({}));
      expect(valuesOf(shown).length).toBeLessThanOrEqual(values.length);
    }),
  );
});
