import { expect, test } from 'vitest';
import type { Needs } from '../../src/domain/needs.ts';
import { RequestBody } from '../../src/domain/request-body.ts';
import { documentOf } from '../../src/lib/json-scanner.ts';
import { chatCompletions } from '../../src/operations/chat-completions.ts';
import { embeddings } from '../../src/operations/embeddings.ts';
import type { OperationName } from '../../src/domain/operation-names.ts';
import { OPERATIONS } from '../../src/operations/operations.ts';
import { callOf } from '../helpers/call.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

const USER = { role: 'user', content: 'Hello' };

function needs(input: object, operation: OperationName = 'chat.completions'): Needs {
  const { body, content } = callOf({ operation, input });
  return OPERATIONS[operation].needsOf(body, content);
}

test('a plain request needs nothing but its tokens', () => {
  expect(needs({ model: 'default', messages: [USER], stream: true })).toEqual({
    tools: false,
    images: false,
    jsonSchema: false,
    parameters: [],
    // "default", "user" and "Hello": 16 bytes.
    inputTokens: 5,
    outputTokens: 0,
  });
});

test('fields with a value count as parameters, unknown fields too', () => {
  const input = { messages: [USER], seed: 0, user: null, stop: undefined, logprobs: false, x_unknown: {} };
  expect(needs(input).parameters).toEqual(['seed', 'logprobs', 'x_unknown']);
});

test('an empty list of tools needs no tools', () => {
  expect(needs({ messages: [USER], tools: [] })).toMatchObject({ tools: false, parameters: ['tools'] });
  expect(needs({ messages: [USER], tools: [{ type: 'function' }] })).toMatchObject({ tools: true });
});

test('an image is found in any part of any message', () => {
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
  const text = { type: 'text', text: 'what is it?' };
  expect(needs({ messages: [USER, { role: 'user', content: [text, image] }] }).images).toBe(true);
  expect(needs({ messages: [{ role: 'user', content: [text] }, 'image_url', null, [image]] }).images).toBe(false);
});

test('only a JSON schema needs `jsonSchema`, not any JSON', () => {
  expect(needs({ messages: [USER], response_format: { type: 'json_schema' } }).jsonSchema).toBe(true);
  expect(needs({ messages: [USER], response_format: { type: 'json_object' } }).jsonSchema).toBe(false);
});

test.each([
  [{ max_tokens: 100 }, 100],
  [{ max_tokens: 100, max_completion_tokens: 70 }, 70],
  [{ max_tokens: 100, max_completion_tokens: null, n: 3 }, 300],
  [{ n: 3 }, 0],
  [{ max_tokens: 10.5, n: -2 }, 11],
  [{ max_tokens: '100' }, 0],
  [{ max_tokens: 1e300, n: 1e300 }, Number.MAX_SAFE_INTEGER],
])('the output limit of %j is %d tokens', (fields, tokens) => {
  expect(needs({ messages: [USER], ...fields }).outputTokens).toBe(tokens);
});

test('the size of embeddings is that of their texts or tokens, without output', () => {
  const text = 'x'.repeat(330);
  expect(needs({ input: text, max_tokens: 5 }, 'embeddings')).toMatchObject({ inputTokens: 100, outputTokens: 0 });
  expect(needs({ input: [text, text], dimensions: 3 }, 'embeddings')).toMatchObject({
    inputTokens: 200,
    parameters: ['dimensions'],
  });
  expect(needs({ input: [1, 2, 3] }, 'embeddings').inputTokens).toBe(3);
  expect(needs({ input: [[1, 2, 3], [4]] }, 'embeddings').inputTokens).toBe(4);
});

test('a deep or wide input is read in linear time, and an invalid input needs nothing', () => {
  const messages = JSON.stringify(Array.from({ length: 100_000 }, () => USER));
  const text = `{"messages":${messages},"deep":${'['.repeat(200_000)}"x"${']'.repeat(200_000)}}`;
  const document = documentOf(Buffer.from(text));
  const started = cpuTime();
  const content = document && chatCompletions.contentOf(new RequestBody(document));
  expect(content?.inputTokens).toBeGreaterThan(100_000);
  expect(cpuTime() - started).toBeLessThan(2000);
  for (const input of [{}, { messages: 'text', tools: 'text' }, { messages: [1, null, [USER]] }])
    expect(needs(input)).toMatchObject({ tools: false, images: false, outputTokens: 0 });
});

test('of several inputs, only the longest has to fit the context window', () => {
  const text = 'a'.repeat(330);
  expect(needs({ input: [text, text + text, 'a'] }, 'embeddings')).toMatchObject({ windowTokens: 200 });
  expect(needs({ input: [[1, 2, 3], [4]] }, 'embeddings').windowTokens).toBe(3);
  for (const input of [text, [text], [1, 2, 3]]) expect(needs({ input }, 'embeddings').windowTokens).toBeUndefined();
});

test.each([
  [{}, true],
  [{ n: 1, store: false, modalities: ['text'] }, true],
  [{ n: null, store: null, modalities: null }, true],
  [{ n: 2 }, false],
  [{ store: true }, false],
  [{ background: true }, false],
  [{ modalities: ['text', 'audio'] }, false],
  [{ modalities: ['image'] }, false],
])('a chat completion with %j may be requested from two entries at once: %s', (fields, may) => {
  const { body } = callOf({ input: { messages: [USER], ...fields } });
  expect(chatCompletions.mayHedge(body)).toBe(may);
  expect(embeddings.mayHedge()).toBe(false);
});
