import { expect, test } from 'vitest';
import { wrapOpaque } from '../../../src/dialects/neutral/opaque.ts';
import { type Binding, mismatches, presentAt } from './case-match.ts';

const envelope = wrapOpaque({ issuer: 'anthropic', value: 'a:b' }, 'openai');
const names: Binding = { bind: { '@a': '^[a-z]+$', '@b': '^[a-z]+$' } };

test.each<[string, unknown, unknown, Binding?]>([
  ['an object with further members', { a: 1, b: 2 }, { a: 1 }],
  ['anything', [1], {}],
  ['a list of wanted items', [{ a: 1, b: 2 }, 'x'], [{ a: 1 }, 'x']],
  ['null for null', { a: null }, { a: null }],
  ['an absent member for null', {}, { a: null }],
  ['any text', 'x', '*'],
  ['zero for any value', 0, '*'],
  ['a positive number', 0.5, '>0'],
  ['JSON with other blanks and another order', '{ "b": 2, "a": 1 }', '@json:{"a":1,"b":2}'],
  ['wrapped reasoning', envelope, '@envelope:anthropic:a:b'],
  ['one placeholder twice', ['x', 'x'], ['@a', '@a'], names],
  ['two placeholders for one text', ['x', 'x'], ['@a', '@b'], names],
  ['two placeholders for two texts', ['x', 'y'], ['@a', '@b'], { ...names, distinct: true }],
  ['a text with an at sign that is no placeholder', '@c', '@c', names],
])('matches %s', (_title, actual, want, binding) => {
  expect(mismatches(actual, want, binding)).toEqual([]);
});

test.each<[string, unknown, unknown, Binding?]>([
  ['a missing member', { b: 2 }, { a: 1 }],
  ['nothing for anything', undefined, {}],
  ['a list for an object', [], { a: 1 }],
  ['a longer list', [1, 2], [1]],
  ['a shorter list', [1], [1, 2]],
  ['another order', [2, 1], [1, 2]],
  ['a number as a text', '1', 1],
  ['a value for null', { a: 0 }, { a: null }],
  ['an empty text', '', '*'],
  ['an empty list', [], '*'],
  ['zero', 0, '>0'],
  ['a text of a number', '1', '>0'],
  ['other JSON', '{"a":2}', '@json:{"a":1}'],
  ['JSON that is no text', { a: 1 }, '@json:{"a":1}'],
  ['a text that is no JSON', '{', '@json:{"a":1}'],
  ['reasoning without an envelope', 'a:b', '@envelope:unknown:a:b'],
  ['the envelope of another issuer', envelope, '@envelope:openai:a:b'],
  ['one placeholder for two texts', ['x', 'y'], ['@a', '@a'], names],
  ['a placeholder outside its pattern', 'X', '@a', names],
  ['two placeholders for one text that are distinct', ['x', 'x'], ['@a', '@b'], { ...names, distinct: true }],
])('does not match %s', (_title, actual, want, binding) => {
  expect(mismatches(actual, want, binding)).not.toEqual([]);
});

test('names the place of a mismatch', () => {
  expect(mismatches({ a: [{ b: 1 }] }, { a: [{ b: 2 }] })).toEqual(['/a/0/b: is 1 in place of 2']);
});

test('finds values at pointers', () => {
  const value = { a: [{ 'b/c': null }] };
  expect(presentAt(value, ['/a/0/b~1c', '/a/1', '/x', '/a/0/b'])).toEqual(['/a/0/b~1c: is present']);
});
