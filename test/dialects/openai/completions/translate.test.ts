import { expect, test } from 'vitest';
import { messagesProvider } from '../../../../src/dialects/anthropic/messages/api.ts';
import { NO_QUIRKS } from '../../../../src/catalog/preset.ts';
import { translatedCodec } from '../../../../src/dialects/neutral/translated-codec.ts';
import { chatProvider } from '../../../../src/dialects/openai/chat/translate/api.ts';
import { completionsClient } from '../../../../src/dialects/openai/completions/api.ts';
import { openaiCompletions } from '../../../../src/dialects/openai/completions/codec.ts';
import { fieldsOf } from '../../../../src/lib/record.ts';
import { runAtOnce } from '../../../../src/lib/steps.ts';
import { bareEvent, namedEvent } from '../../../../src/sse/framing.ts';
import { callOf } from '../../../helpers/call.ts';
import { encodedBy } from '../../../helpers/encoded.ts';
import { streamed, valuesOf } from '../../../helpers/streamed.ts';
import { targetOf } from '../../../helpers/target.ts';

const codec = translatedCodec(completionsClient, chatProvider);
const options = { without: new Set<string>(), headers: {} };
const callFor = (input: object, stream = false) => callOf({ operation: 'completions', input, stream });
const contextOf = (input: object, stream = false) => ({
  call: callFor({ prompt: 'Once', ...input }, stream),
  quirks: NO_QUIRKS,
  model: 'm',
});

test.each([['Once'], [['Once']]])(
  'the prompt %j is what the user says, and the answer is reported to be one',
  (prompt) => {
    const { request, dropped } = encodedBy(codec, callFor({ prompt, max_tokens: 4, stop: 'x' }), targetOf(), options);
    expect(JSON.parse(String(request.body))).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'Once' }],
      max_completion_tokens: 4,
      stop: ['x'],
    });
    expect(request.path).toBe('/chat/completions');
    expect(dropped).toEqual(['raw-completion']);
  },
);

test.each([
  { prompt: [1, 2] },
  { prompt: [[1], [2]] },
  { prompt: ['a', 'b'] },
  { prompt: 'a', suffix: 'z' },
  { prompt: 'a', echo: true },
  { prompt: 'a', best_of: 2 },
  { prompt: 'a', n: 2 },
  { prompt: 'a', logprobs: 0 },
])('%j is unsuited', (input) => {
  expect(codec.encode(callFor(input), targetOf(), options)).toMatchObject({ unsuited: expect.any(String) });
});

test('fields that ask for nothing are not lost, and others are reported', () => {
  const input = { prompt: 'a', n: 1, best_of: 1, echo: false, suffix: '', logprobs: null, logit_bias: { 1: 1 } };
  expect(encodedBy(codec, callFor(input), targetOf(), options).dropped).toEqual(['logit_bias', 'raw-completion']);
});

test('a chat answer is a text completion', () => {
  const context = contextOf({});
  const completion = {
    id: 'chatcmpl-1',
    created: 5,
    model: 'x',
    choices: [
      { index: 0, message: { role: 'assistant', content: ' upon', reasoning_content: 'hm' }, finish_reason: 'length' },
    ],
  };
  const usage = { input: 1, output: 2, source: 'provider' } as const;
  const written = codec.translate && runAtOnce(codec.translate(completion, usage, context));
  const answer: unknown = JSON.parse(String(written));
  expect(answer).toMatchObject({
    object: 'text_completion',
    created: 5,
    model: 'x',
    choices: [{ text: ' upon', index: 0, logprobs: null, finish_reason: 'length' }],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  });
  expect(runAtOnce(openaiCompletions.judge(Buffer.from(JSON.stringify(answer)), context)).kind).toBe('answer');
});

test('a chat stream is a stream of text, and a call ends it as a stop', () => {
  const chunks = [
    { id: 'c', choices: [{ index: 0, delta: { reasoning_content: 'hm' }, finish_reason: null }] },
    { id: 'c', choices: [{ index: 0, delta: { content: ' upon' }, finish_reason: null }] },
    {
      id: 'c',
      choices: [
        {
          index: 0,
          delta: { tool_calls: [{ index: 0, id: 't', function: { name: 'f' } }] },
          finish_reason: 'tool_calls',
        },
      ],
    },
    { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
  ];
  const events = chunks.map((each) => bareEvent(JSON.stringify(each)));
  const context = contextOf({ stream_options: { include_usage: true } }, true);
  const { shown, complete } = streamed(codec, events, context);
  expect(complete).toBe(true);
  expect(valuesOf(shown)).toMatchObject([
    { object: 'text_completion', choices: [{ text: ' upon', finish_reason: null }] },
    { choices: [{ text: '', finish_reason: 'stop' }] },
    { choices: [], usage: { total_tokens: 3 } },
  ]);
  expect(streamed(openaiCompletions, shown, context).complete).toBe(true);
});

const chunk = (id: string, content: string) => ({ id, choices: [{ index: 0, delta: { content } }] });
const delta = (text: string) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });

test('a stream whose head comes late or twice keeps one head', () => {
  const end = { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  const messages = translatedCodec(completionsClient, messagesProvider);
  const start = { type: 'message_start', message: { id: 'msg_1', model: 'x' } };
  const stop = { type: 'message_delta', delta: { stop_reason: 'end_turn' } };
  const events = [delta('a'), start, delta('b'), stop].map((each) => namedEvent(each.type, JSON.stringify(each)));
  const fromMessages = valuesOf(streamed(messages, events, contextOf({}, true)).shown);
  const fromChat = [chunk('c', 'a'), chunk('d', 'b'), end].map((each) => bareEvent(JSON.stringify(each)));
  for (const values of [fromMessages, valuesOf(streamed(codec, fromChat, contextOf({}, true)).shown)]) {
    expect(values).toMatchObject([
      { choices: [{ text: 'a' }] },
      { choices: [{ text: 'b' }] },
      { choices: [{ text: '' }] },
    ]);
    expect(new Set(values.map((value) => fieldsOf(value)['id'])).size).toBe(1);
  }
});
