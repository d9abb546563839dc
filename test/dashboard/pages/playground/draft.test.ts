import { expect, test } from 'vitest';
import { NEW_DRAFT, readDraft } from '../../../../dashboard/pages/playground/draft.ts';

test('a prompt with its settings becomes a request of the chat API', () => {
  const { input } = readDraft({
    system: 'Be brief.',
    prompt: 'Why?',
    maxTokens: '64',
    temperature: '0.5',
    tools: '[{"type":"function","function":{"name":"f"}}]',
    schema: '{"type":"object"}',
  });
  expect(input).toEqual({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Why?' },
    ],
    max_tokens: 64,
    temperature: 0.5,
    tools: [{ type: 'function', function: { name: 'f' } }],
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: { type: 'object' } } },
  });
});

test('fields that are empty are not sent', () => {
  const draft = { ...NEW_DRAFT, prompt: 'Why?', maxTokens: '' };
  expect(readDraft(draft).input).toEqual({ messages: [{ role: 'user', content: 'Why?' }] });
});

test.each([
  ['prompt', ' '],
  ['maxTokens', '0'],
  ['maxTokens', '1.5'],
  ['maxTokens', 'many'],
  ['temperature', '-1'],
  ['temperature', '3'],
  ['tools', '{}'],
  ['tools', '[1'],
  ['schema', '[]'],
  ['schema', 'null'],
  ['schema', '{'],
] as const)('a wrong %s (%s) is a problem of its field, and nothing is sent', (name, text) => {
  const { input, problems } = readDraft({ ...NEW_DRAFT, prompt: 'Why?', [name]: text });
  expect(input).toBeUndefined();
  expect(Object.keys(problems ?? {})).toEqual([name]);
});
