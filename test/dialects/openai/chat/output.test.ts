import { expect, test } from 'vitest';
import { outputBytesOf } from '../../../../src/dialects/openai/chat/output.ts';

test('output is counted in bytes of UTF-8, a very long text about, by its beginning', () => {
  expect(outputBytesOf({ role: 'assistant', content: 'aé日😀' })).toBe(10);
  const million = 1024 * 1024;
  expect(outputBytesOf({ content: 'é'.repeat(million) })).toBe(2 * million);
  expect(outputBytesOf({ content: 'é'.repeat(3 * million) })).toBe(6 * million);
  expect(outputBytesOf({ content: `${'日'.repeat(million)}${'a'.repeat(million)}` })).toBe(6 * million);
  expect(outputBytesOf({ tool_calls: [{ function: { name: 'f', arguments: 'x'.repeat(2 * million) } }] })).toBe(
    2 * million + 1,
  );
});
