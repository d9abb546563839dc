import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { prettyLine } from '../../src/cli/log.ts';

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

test('a line for people names the entries that failed, and how', () => {
  const trail = [
    { provider: 'groq', model: 'llama', outcome: 'throttled', status: 429 },
    { provider: 'cerebras', model: 'qwen', outcome: 'skipped', reason: 'cooling_down' },
    { provider: 'local', model: 'gemma', outcome: 'unreachable', message: 'line\nfeed' },
    { omitted: 4 },
  ];
  expect(lineOf({ ...REQUEST, provider: 'openai', model: 'gpt', attempts: 3, trail })).toBe(
    '12:30:15 200  chat.completions.create  default > openai/gpt  3 attempts  ' +
      'not groq/llama (throttled 429), cerebras/qwen (skipped cooling_down), local/gemma (unreachable line feed), 4 more  12 ms  req_1',
  );
});

test('a line for people has the client’s id behind the gateway’s, and no trail where nothing failed', () => {
  expect(lineOf({ ...REQUEST, clientRequestId: 'mine', provider: 'openai', model: 'gpt' })).toBe(
    '12:30:15 200  chat.completions.create  default > openai/gpt  1 attempt  12 ms  req_1 mine',
  );
});
