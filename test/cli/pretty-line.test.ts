import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { prettyLine } from '../../src/cli/pretty-line.ts';

const REQUEST = {
  requestId: 'req_1',
  operation: 'chat.completions.create',
  chain: 'default',
  status: 200,
  code: 'ok',
  attempts: 1,
  totalMs: 12.3,
};
const AT = new Date(2026, 0, 1, 12, 30, 15);
const lineOf = (fields: object): string => stripVTControlCharacters(prettyLine(fields, 'request', AT));

test('a line for people has the trail of a request with a failed attempt', () => {
  const trail = 'groq/llama throttled 429 12ms > openai/gpt answered';
  expect(lineOf({ ...REQUEST, provider: 'openai', model: 'gpt', attempts: 2, trail })).toBe(
    `12:30:15 200  chat.completions.create  default > openai/gpt  2 attempts  ${trail}  12 ms  req_1`,
  );
});

test('a line for people stays one line, whatever is in its members', () => {
  const line = lineOf({ ...REQUEST, provider: 'openai', model: 'a\nb\u001B[31mc', trail: 'x\u2028y' });
  expect(line).toContain('default > openai/a b');
  expect(/[\p{Cc}\p{Zl}]/u.test(line)).toBe(false);
});

test('a line for people has the client’s id behind the gateway’s, and no trail where nothing failed', () => {
  expect(lineOf({ ...REQUEST, clientRequestId: 'mine', provider: 'openai', model: 'gpt' })).toBe(
    '12:30:15 200  chat.completions.create  default > openai/gpt  1 attempt  12 ms  req_1 mine',
  );
});
