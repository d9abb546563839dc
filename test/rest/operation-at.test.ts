import { expect, test } from 'vitest';
import { operationAt } from '../../src/rest/operation-at.ts';

test.each([
  ['/v1/messages', 'messages'],
  ['/messages', 'messages'],
  ['/v1/messages/', 'messages'],
  ['/v1/messages?beta=true', 'messages'],
  ['/v1/messages/count_tokens?beta=true', 'messages.count_tokens'],
  ['/v1/responses', 'responses'],
  ['/v1/responses/compact', 'responses.compact'],
  ['/v1/completions', 'completions'],
  ['/v1/chat/completions', 'chat.completions'],
  ['/v1/models', undefined],
  ['/v1/messages/batches', undefined],
  ['/v2/messages', undefined],
  ['/', undefined],
  ['', undefined],
])('%s belongs to %s', (url, name) => {
  expect(operationAt(url)?.name).toBe(name);
});
