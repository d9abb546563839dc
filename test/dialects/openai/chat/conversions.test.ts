import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import { openaiChat } from '../../../../src/dialects/openai/chat/codec.ts';
import { openaiEmbeddings } from '../../../../src/dialects/openai/embeddings/codec.ts';
import { runAtOnce } from '../../../../src/lib/steps.ts';
import { readUsage } from '../../../../src/dialects/openai/usage.ts';
import { documentOf } from '../../../../src/lib/json-scanner.ts';
import { estimateUsage, tokensOf as textTokensOf } from '../../../../src/operations/estimate-usage.ts';
import { callOf } from '../../../helpers/call.ts';

const call = callOf({ input: { n: 2 }, stream: true });
const context = { call, quirks: NO_QUIRKS, model: 'm' };

const text = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), fc.constant(null));
const toolCalls = fc.array(
  fc.record({
    id: fc.stringMatching(/^call_[a-z]{4}$/),
    type: fc.constant('function'),
    function: fc.record({ name: fc.stringMatching(/^[a-z]{3}$/), arguments: fc.json() }),
  }),
  { minLength: 1, maxLength: 3 },
);
const message = fc.record(
  {
    role: fc.constant('assistant'),
    content: text,
    refusal: fc.string({ minLength: 1 }),
    reasoning_content: fc.string({ minLength: 1 }),
    annotations: fc.array(fc.record({ type: fc.string() }), { minLength: 1 }),
    tool_calls: toolCalls,
  },
  { requiredKeys: ['role', 'content'] },
);
const choice = fc.record(
  {
    message,
    finish_reason: fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter'),
    logprobs: fc.record({
      content: fc.array(fc.record({ token: fc.string(), logprob: fc.integer() }), { minLength: 1 }),
    }),
  },
  { requiredKeys: ['message', 'finish_reason'] },
);
const completion = fc
  .record(
    {
      id: fc.string({ minLength: 1 }),
      created: fc.nat(),
      model: fc.string({ minLength: 1 }),
      choices: fc.array(choice, { minLength: 1, maxLength: 3 }),
      usage: fc.record({ prompt_tokens: fc.nat(), completion_tokens: fc.nat(), total_tokens: fc.nat() }),
      system_fingerprint: fc.string({ minLength: 1 }),
      x_unknown: fc.record({ deep: fc.array(fc.integer()) }),
    },
    { requiredKeys: ['id', 'created', 'model', 'choices'] },
  )
  .map(({ choices, ...head }) => ({
    ...head,
    object: 'chat.completion',
    choices: choices.map((each, index) => ({ index, ...each })),
  }));

test('an answer converted to a stream is complete by the grammar, and converts back to the same answer', () => {
  fc.assert(
    fc.property(completion, (answer) => {
      // fast-check makes objects without a prototype; JSON makes them comparable.
      const value = JSON.parse(JSON.stringify(answer)) as typeof answer;
      const events = [...(openaiChat.toEvents(value, context) ?? [])].flatMap((event) => event?.data ?? []);
      const grammar = openaiChat.grammar(context);
      for (const data of events)
        expect(grammar.inspect({ name: undefined, data, plain: undefined }).error).toBeUndefined();
      expect(grammar.complete()).toBe(true);
      const converted: unknown = JSON.parse(runAtOnce(openaiChat.fromEvents(events, context)!)?.toString() ?? '');
      expect(converted).toEqual(value);
    }),
  );
});

test('an answer without a finish reason and embeddings do not convert to a stream', () => {
  const value = { choices: [{ index: 0, message: { role: 'assistant', content: 'x' } }] };
  expect(openaiChat.toEvents(value, context)).toBeUndefined();
  expect(openaiEmbeddings.toEvents({ data: [] }, context)).toBeUndefined();
  expect(openaiEmbeddings.fromEvents([], context)).toBeUndefined();
});

test('pieces of tool calls and texts are joined by their index, and empty values replace nothing', () => {
  const chunks = [
    { id: '', model: '', created: 0, choices: [] },
    { id: 'c1', model: 'm', created: 7, choices: [{ index: 0, delta: { role: 'assistant', content: null } }] },
    {
      id: 'c1',
      choices: [{ index: 0, delta: { tool_calls: [{ index: 1, id: 'b', function: { name: 'g', arguments: '{' } }] } }],
    },
    {
      id: 'c1',
      choices: [{ index: 0, delta: { tool_calls: [{ index: 1, function: { arguments: '}' } }] }, finish_reason: null }],
    },
    {
      id: 'c1',
      choices: [
        { index: 0, delta: { content: 'a' } },
        { index: 1, delta: { content: 'x' } },
      ],
    },
    { id: 'c1', choices: [{ index: 0, delta: { content: 'b' }, finish_reason: 'stop' }] },
    { id: 'c1', choices: [{ index: 1, delta: {}, finish_reason: 'length' }], usage: { prompt_tokens: 1 } },
    { id: 'c1', choices: [], usage: null },
  ].map((chunk) => Buffer.from(JSON.stringify(chunk)));
  expect(JSON.parse(runAtOnce(openaiChat.fromEvents(chunks, context)!)?.toString() ?? '')).toEqual({
    id: 'c1',
    model: 'm',
    created: 7,
    object: 'chat.completion',
    usage: { prompt_tokens: 1 },
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'ab',
          tool_calls: [{ id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } }],
        },
        finish_reason: 'stop',
      },
      { index: 1, message: { role: 'assistant', content: 'x' }, finish_reason: 'length' },
    ],
  });
});

const tokensOf = (content: unknown) => estimateUsage(callOf({ input: { content } }), 0).input;

test('an estimate counts texts and attachments at any depth', () => {
  expect(tokensOf('')).toBe(0);
  expect(tokensOf('x'.repeat(330))).toBe(100);
  expect(tokensOf('漢'.repeat(110))).toBe(100);
  expect(tokensOf([{ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(1e6)}` } }])).toBe(1000);
  const deep = Buffer.from(`{"a":${'['.repeat(100_000)}"${'x'.repeat(33)}"${']'.repeat(100_000)}}`);
  const document = documentOf(deep);
  expect(document && textTokensOf(document, document.root)).toBe(10);
  expect(estimateUsage(callOf({ input: {} }), 33)).toEqual({ input: 0, output: 10, source: 'estimated' });
});

test('a count of zero stays zero, and anything but a count is unknown', () => {
  expect(readUsage({ prompt_tokens: 0, completion_tokens: 0 })).toEqual({
    input: 0,
    output: 0,
    source: 'provider',
  });
  expect(readUsage({ prompt_tokens: 3, completion_tokens: Number.NaN })).toMatchObject({ output: undefined });
  for (const none of [null, undefined, {}, 'x', { prompt_tokens: -1 }]) expect(readUsage(none)).toBeUndefined();
});
