import { expect, test } from 'vitest';
import { conversationOf } from '../../src/router/conversation.ts';
import { requestBodyOf } from '../helpers/call.ts';

const of = (
  body: object,
  headers: Readonly<Record<string, string | string[]>> = {},
  principal = 'one',
): string | undefined => conversationOf(principal, requestBodyOf(JSON.stringify(body)), headers);

test.each([
  ['prompt_cache_key', { prompt_cache_key: 'c1' }, {}],
  ['the session header of Claude Code', {}, { 'x-claude-code-session-id': 'c1' }],
  ['metadata.user_id', { metadata: { user_id: 'c1' } }, {}],
  ['the session header of Codex', {}, { session_id: 'c1' }],
  ['the newer session header of Codex', {}, { 'session-id': 'c1' }],
  ['the first of several', { prompt_cache_key: 'c1', metadata: { user_id: 'c2' } }, { session_id: 'c3' }],
] as const)('a conversation is named by %s', (_, body, headers) => {
  expect(of(body, headers)).toBe('one\nc1');
});

test.each([
  ['nothing', {}, {}],
  ['an empty text', { prompt_cache_key: '' }, { session_id: '' }],
  ['another type', { prompt_cache_key: 7, metadata: { user_id: ['c1'] } }, { session_id: ['a', 'b'] }],
  ['metadata of another type', { metadata: 'c1' }, {}],
] satisfies [string, object, Record<string, string | string[]>][])('%s names no conversation', (_, body, headers) => {
  expect(of(body, headers)).toBeUndefined();
});

test('two principals never share a conversation', () => {
  expect(of({ prompt_cache_key: 'c' }, {}, 'one')).not.toBe(of({ prompt_cache_key: 'c' }, {}, 'two'));
});

test('only the first part of a long name counts', () => {
  expect(of({ prompt_cache_key: 'x'.repeat(10_000) })).toHaveLength('one\n'.length + 500);
});
