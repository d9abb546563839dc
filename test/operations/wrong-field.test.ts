import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/operations/operations.ts';
import { requestBodyOf } from '../helpers/call.ts';

const { 'chat.completions': chat, embeddings } = OPERATIONS;
const HELLO = { messages: [{ role: 'user', content: 'Hello' }] };
const TOOL = { type: 'function', function: { name: 'f' } };

describe('a field of a chat completion', () => {
  test.each([
    ['messages[0].content', { messages: [{ role: 'user', content: 5 }] }],
    ['messages.0.content', { messages: [{ role: 'user', content: 5 }] }],
    ['$.messages[0].content', { messages: [{ role: 'user', content: 5 }] }],
    ['/messages/0/content', { messages: [{ role: 'user', content: 5 }] }],
    ['messages.[0].content', { messages: [{ role: 'user', content: 5 }] }],
    ['body.messages.0.user.content.str', { messages: [{ role: 'user', content: 5 }] }],
    ['messages[0].role', { messages: [{ content: 'x' }] }],
    [
      'messages[1].tool_calls[0].function.arguments',
      {
        messages: [HELLO.messages[0], { role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: {} } }] }],
      },
    ],
    ['messages', { messages: 'x' }],
    ['messages', {}],
    ['temperature', { temperature: 'hot' }],
    ['n', { n: '2' }],
    ['tools[0].function.name', { tools: [{ type: 'function', function: {} }] }],
    ['tools', { tools: {} }],
    ['stop', { stop: 5 }],
  ] as const)('%s of %j is wrong', (path, input) => {
    expect(chat.hasWrongField(requestBodyOf(input), [path])).toBe(true);
  });

  test.each([
    ['messages[0].content', HELLO],
    ['messages', { messages: [{ role: 'user', content: 5 }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] }],
    ['messages[0].content', { messages: [{ role: 'assistant', content: null }] }],
    [
      'messages[0].content',
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: 'user', content: 5 },
        ],
      },
    ],
    ['messages[0].name', { messages: [{ role: 'user', content: 5 }] }],
    ['temperature', { temperature: 99 }],
    ['temperature', { temperature: null }],
    ['max_tokens', { max_tokens: -1 }],
    ['tools[0].function.strict', { tools: [{ ...TOOL, strict: 1 }] }],
    ['tools[0].strict', { tools: [{ function: {} }] }],
    ['response_format', { response_format: { type: 'yaml' } }],
    ['top_k', { top_k: 'many' }],
    ['constructor', {}],
    ['', {}],
    ['[0]', { messages: 1 }],
    ['stream.x.temperature', { temperature: 'hot' }],
  ] as const)('%s of %j may be right elsewhere', (path, input) => {
    expect(chat.hasWrongField(requestBodyOf(input), [path])).toBe(false);
  });
});

test('the input of embeddings is wrong where it is no text and no list of one kind', () => {
  for (const input of ['x', ['x', 'y'], [1, 2], [[1], [2]]])
    expect(embeddings.hasWrongField(requestBodyOf({ input }), ['input'])).toBe(false);
  for (const input of [5, null, {}, [1, 'x'], [null]])
    expect(embeddings.hasWrongField(requestBodyOf({ input }), ['input'])).toBe(true);
});
