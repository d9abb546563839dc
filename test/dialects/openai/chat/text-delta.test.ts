import { describe, expect, it } from 'vitest';
import { textDeltaOf } from '../../../../src/dialects/openai/chat/text-delta.ts';

const choiceOf = (more: object): object => ({ index: 0, delta: { content: 'a' }, finish_reason: null, ...more });
const chunkOf = (choice: object, more: object = {}): Record<string, unknown> => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [choice],
  ...more,
});

describe('textDeltaOf', () => {
  it.each([
    ['content', chunkOf(choiceOf({}))],
    ['reasoning', chunkOf(choiceOf({ delta: { reasoning_content: 'a', content: null } }))],
    ['a text beside the role', chunkOf(choiceOf({ delta: { role: 'assistant', content: 'a' } }))],
    ['a text beside log probabilities', chunkOf(choiceOf({ logprobs: { content: [{ token: 'a' }] } }))],
    ['a text beside members that say nothing', chunkOf(choiceOf({}), { usage: null, error: null, obfuscation: 'xy' })],
  ])('reads %s', (_name, chunk) => {
    expect(textDeltaOf(chunk)?.text).toBe('a');
  });

  it.each([
    ['a finish reason', chunkOf(choiceOf({ finish_reason: 'stop' }))],
    ['another choice', chunkOf(choiceOf({ index: 1 }))],
    ['two choices', { ...chunkOf(choiceOf({})), choices: [choiceOf({}), choiceOf({ index: 1 })] }],
    ['a usage', chunkOf(choiceOf({}), { usage: { prompt_tokens: 1 } })],
    ['the usage of another place', chunkOf(choiceOf({}), { x_groq: { usage: { prompt_tokens: 1 } } })],
    ['the usage of a choice', chunkOf(choiceOf({ usage: { prompt_tokens: 1 } }))],
    ['an error', chunkOf(choiceOf({}), { error: 'no' })],
    ['the error of a choice', chunkOf(choiceOf({ error: { message: 'no' } }))],
    ['an object of another kind', chunkOf(choiceOf({}), { object: 'error' })],
    ['a message beside the delta', chunkOf(choiceOf({ message: { content: 'a' } }))],
    ['a call', chunkOf(choiceOf({ delta: { content: 'a', tool_calls: [{ index: 0 }] } }))],
    ['two texts', chunkOf(choiceOf({ delta: { content: 'a', reasoning_content: 'b' } }))],
    ['a content in parts', chunkOf(choiceOf({ delta: { content: [{ type: 'text', text: 'a' }] } }))],
    ['no text', chunkOf(choiceOf({ delta: { content: '' } }))],
    ['no delta', chunkOf({ index: 0 })],
    ['no choices', { object: 'chat.completion.chunk' }],
  ])('reads nothing of a chunk with %s', (_name, chunk) => {
    expect(textDeltaOf(chunk)).toBeUndefined();
  });
});
