import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import { openaiChat } from '../../../../src/dialects/openai/chat/codec.ts';
import type { Inspection, SseEvent, StreamGrammar } from '../../../../src/domain/stream-grammar.ts';
import { chunk } from '../../../../src/testing/index.ts';
import { callOf } from '../../../helpers/call.ts';

const call = callOf({ input: { n: 2 }, stream: true });
const one = callOf({ input: {}, stream: true });

function eventOf(text: string): SseEvent {
  const plain = Buffer.from(text);
  return { name: undefined, data: plain.subarray('data: '.length, -2), plain };
}

const event = (json: string): SseEvent => eventOf(`data: ${json}\n\n`);

test('a stream settles after all requested choices, or after one where the provider rejects `n`', () => {
  for (const rejects of [[], ['n']]) {
    const grammar = openaiChat.grammar({ call, quirks: { ...NO_QUIRKS, rejects }, model: 'm' });
    grammar.inspect(eventOf(chunk({ delta: { content: 'Hi' }, finish: 'stop' })));
    expect([grammar.complete(), grammar.settled()]).toEqual([true, rejects.length > 0]);
  }
});

/** A grammar after its first token. */
function begun(): StreamGrammar {
  const grammar = openaiChat.grammar({ call: one, quirks: NO_QUIRKS, model: 'm' });
  grammar.inspect(eventOf(chunk({ delta: { content: 'Hi' } })));
  return grammar;
}

/** What clients get of an event, and of the events that it holds. */
function shown(grammar: StreamGrammar, sent: SseEvent): readonly Buffer[] | 'unreadable' {
  const { show, instead, pieces, unreadable }: Inspection = grammar.inspect(sent);
  if (unreadable === true) return 'unreadable';
  if (pieces !== undefined) {
    const all = pieces.map((each) => shown(grammar, each));
    return all.includes('unreadable') ? 'unreadable' : all.filter((each) => each !== 'unreadable').flat();
  }
  return show ? (instead ?? [sent]).map(({ data }) => data) : [];
}

const whole = JSON.stringify(JSON.parse(chunk({ delta: { content: 'word' } }).slice('data: '.length)));

test('whatever is damaged in a chunk, clients get valid JSON or an error, and never nothing', () => {
  const inserts = fc.constantFrom(
    '',
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\t',
    '\0',
    '\\',
    '\\x',
    'NaN',
    '-Infinity',
    whole,
  );
  let read = 0;
  let unreadable = 0;
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(12), inserts, (from, removed, insert) => {
      const data = whole.slice(0, from) + insert + whole.slice(from + removed);
      const got = shown(begun(), event(data));
      if (got === 'unreadable') return void unreadable++;
      read++;
      for (const each of got) expect(() => void JSON.parse(each.toString())).not.toThrow();
      // A key that is damaged may make it an object that is no chunk.
      if (data.includes('"choices"') && data.includes('"delta"')) expect(got.length).toBeGreaterThan(0);
    }),
    { numRuns: 2000 },
  );
  expect(Math.min(read, unreadable)).toBeGreaterThan(100);
});

test('an event that cannot be read is dropped after the finish reason, unless the provider sends one with every chunk', () => {
  const finish = chunk({ delta: { content: 'x' }, finish: 'stop' });
  const cut = event('{"choices":[],"usage":{"prompt');
  const grammar = begun();
  expect(grammar.inspect(cut).unreadable).toBe(true);
  grammar.inspect(eventOf(finish));
  expect(grammar.inspect(cut)).toMatchObject({ show: false, done: false });
  expect(grammar.inspect(cut).unreadable).toBeUndefined();
  grammar.inspect(eventOf(finish));
  expect(grammar.inspect(cut).unreadable).toBe(true);
});

function sent(choice: object): SseEvent {
  return event(JSON.stringify({ id: 'x', choices: [{ index: 0, ...choice }] }));
}

/** The choice as clients get it. */
function choiceOf(grammar: StreamGrammar, choice: object): unknown {
  const { show, instead, pieces } = grammar.inspect(sent(choice));
  expect([show, pieces]).toEqual([true, undefined]);
  return (JSON.parse(String(instead?.[0]?.data ?? sent(choice).data)) as { choices: unknown[] }).choices[0];
}

describe('a message in a chunk', () => {
  test('beside a delta stays as it is', () => {
    const choice = { delta: { content: 'b' }, message: { content: 'ab' }, finish_reason: null };
    for (const each of [choice, { ...choice, finish_reason: 'stop' }])
      expect(choiceOf(begun(), each)).toEqual({ index: 0, ...each });
  });

  test('in place of a delta becomes one, and its tool calls get an index', () => {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
    const choice = { delta: null, message: { content: null, tool_calls: [call, { index: 7 }] } };
    const delta = { content: null, tool_calls: [{ index: 0, ...call }, { index: 7 }] };
    expect(choiceOf(begun(), choice)).toEqual({ index: 0, delta });
  });

  test('that repeats the deltas at their end becomes an empty delta, and any other one is a piece', () => {
    const last = (message: object): unknown => choiceOf(begun(), { message, finish_reason: 'stop' });
    expect(last({ content: 'Hi' })).toEqual({ index: 0, delta: {}, finish_reason: 'stop' });
    expect(last({ content: ' you' })).toEqual({ index: 0, delta: { content: ' you' }, finish_reason: 'stop' });
    expect(choiceOf(begun(), { message: { content: 'Hi' } })).toEqual({ index: 0, delta: {} });
    expect(choiceOf(begun(), { message: { content: 'H' } })).toEqual({ index: 0, delta: { content: 'H' } });
    const called = openaiChat.grammar({ call: one, quirks: NO_QUIRKS, model: 'm' });
    const call = { index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
    choiceOf(called, { delta: { tool_calls: [call] } });
    const repeated = { message: { content: null, tool_calls: [call] }, finish_reason: 'tool_calls' };
    expect(choiceOf(called, repeated)).toEqual({ index: 0, delta: {}, finish_reason: 'tool_calls' });
  });
});

test('an event that holds too many chunks is not read', () => {
  const many = Array.from({ length: 5000 }, () => whole);
  for (const json of [many.join(''), `[${many.join(',')}]`]) expect(begun().inspect(event(json)).unreadable).toBe(true);
  expect(begun().inspect(event(many.slice(0, 3).join(''))).pieces).toHaveLength(3);
});

describe('an event in a form that is not plain', () => {
  const FORMS: Readonly<Record<string, string>> = {
    'blanks after the colons': whole.replaceAll('":', '": '),
    'tabs around the colons': whole.replaceAll('":', '"\t:\t'),
    'a finish reason behind blanks': whole.replace('"finish_reason":null', '"finish_reason" : \t"stop"'),
    'a usage behind blanks': whole.replace('"id":', '"usage" : {"prompt_tokens":1,"completion_tokens":2},"id":'),
    'another choice behind blanks': whole.replace('"index":0', '"index" : 1'),
  };

  test.each(Object.entries(FORMS))('%s is read like any other', (_, json) => {
    for (const grammar of [begun(), openaiChat.grammar({ call: one, quirks: NO_QUIRKS, model: 'm' })]) {
      const { show, token, usage } = grammar.inspect(event(json));
      expect([show, token]).toEqual([true, true]);
      expect(usage?.output).toBe(json.includes('usage') ? 2 : undefined);
      expect(grammar.complete()).toBe(json.includes('"stop"'));
    }
  });

  test.each(['{"id":"x","choices":[{"index":0,"delta":{"content":"a"}}],"type":"error","message":"no"}'])(
    '%s is an error after the first token too',
    (json) => expect(begun().inspect(event(json)).error).toMatchObject({ message: 'no' }),
  );
});

test('an image or any other large event does not count as text', () => {
  const grammar = begun();
  grammar.inspect(eventOf(chunk({ delta: { images: [{ image_url: { url: 'A'.repeat(100_000) } }] } })));
  expect(grammar.outputBytes()).toBe(2);
});

function isToken(delta: object): boolean {
  return openaiChat.grammar({ call: one, quirks: NO_QUIRKS, model: 'm' }).inspect(eventOf(chunk({ delta }))).token;
}

describe('a token', () => {
  test.each([
    { content: ' ' },
    { refusal: 'no' },
    { reasoning: 'x' },
    { reasoning_content: 'x' },
    { reasoning_text: 'x' },
    { thinking: { text: 'x' } },
    { reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] },
    { content: [{ type: 'text', text: 'x' }] },
    { tool_calls: [{ index: 0, function: { name: 'f' } }] },
    { tool_calls: [{ index: 0, function: { arguments: '{' } }] },
    { tool_calls: [{ index: 0, function: { arguments: { x: 1 } } }] },
    { tool_calls: { name: 'f' } },
    { function_call: { name: 'f', arguments: '' } },
    { audio: { data: 'x' } },
    { audio: { transcript: 'x' } },
    { images: [{ image_url: { url: 'x' } }] },
    { x_anything: { of: [{ any: { depth: 'x' } }] } },
  ])('is %j', (delta) => expect(isToken(delta)).toBe(true));

  test.each([
    {},
    { role: 'assistant', content: '' },
    { role: 'assistant', content: null, refusal: null, tool_calls: null, function_call: null, audio: null },
    { name: 'x', id: 'x', type: 'message', index: 1, object: 'x', status: 'in_progress', response_id: 'x' },
    { content: [] },
    { content: [{ type: 'text', text: '' }] },
    {
      reasoning_details: [{ type: 'reasoning.text', id: 'x', format: 'anthropic', index: 0, text: '', signature: 'x' }],
    },
    { tool_calls: [] },
    { tool_calls: [{}] },
    { tool_calls: [null] },
    { tool_calls: [{ index: 0, id: 'x', type: 'function', function: { name: '', arguments: '' } }] },
    { tool_calls: [{ index: 0, function: { arguments: {} } }] },
    { function_call: {} },
    { function_call: { name: '', arguments: '' } },
    { audio: {} },
    { audio: { id: 'x', expires_at: 7, data: '' } },
    { images: [] },
    { provider_specific_fields: {} },
    { provider_specific_fields: { citations: null, thinking_blocks: [] } },
    { content_filter_results: { hate: { filtered: false, severity: 'safe' } } },
    { x_number: 7, x_flag: true },
    { tool_calls: [{ index: 0, id: 'x', function: { name: ' ', arguments: '\n' } }] },
    { function_call: { name: '\t', arguments: ' ' } },
    { content: [{ type: 'text', text: ' ' }] },
    { content: '', provider: 'Groq', timestamp: '2026-01-01', uuid: 'x', event: 'start', state: 'thinking' },
    { padding: 'xxxx', container: { id: 'x', expires_at: 'y' }, reasoning: { effort: 'low' } },
    { safety_ratings: [{ category: 'X', probability: 'LOW' }] },
  ])('is not %j', (delta) => expect(isToken(delta)).toBe(false));
});

test('any nesting of an unknown member is read without an overflow', () => {
  const json = `{"choices":[{"index":0,"delta":{"x":${'[{"y":'.repeat(50_000)}1${'}]'.repeat(50_000)}}}]}`;
  expect(openaiChat.grammar({ call: one, quirks: NO_QUIRKS, model: 'm' }).inspect(event(json)).show).toBe(true);
});
