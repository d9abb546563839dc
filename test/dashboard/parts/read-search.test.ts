import fc from 'fast-check';
import { expect, test } from 'vitest';
import { auditSearch } from '../../../dashboard/pages/audit/search.ts';
import { keysSearch } from '../../../dashboard/pages/keys/search.ts';
import { MOST_COLUMNS, playgroundSearch } from '../../../dashboard/pages/playground/search.ts';
import { firstDay, usageSearch } from '../../../dashboard/pages/usage/search.ts';
import { choiceOf, flagOf, numberOf, textOf } from '../../../dashboard/parts/read-search.ts';

test('parameters of another kind are dropped', () => {
  expect([textOf(''), textOf({}), textOf(['a']), textOf(7)]).toEqual([undefined, undefined, undefined, '7']);
  expect([numberOf('12'), numberOf(-1), numberOf('x'), numberOf('')]).toEqual([12, undefined, undefined, undefined]);
  expect([flagOf('true'), flagOf(false), flagOf(1)]).toEqual([true, false, undefined]);
  expect([choiceOf('b', ['a', 'b']), choiceOf('c', ['a', 'b'])]).toEqual(['b', undefined]);
});

test('whatever the URL of a page holds, its parameters are read without an error, and reading them again changes nothing', () => {
  const pages = [auditSearch, keysSearch, playgroundSearch, usageSearch];
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('actor', 'before', 'state', 'models', 'by', 'range'), fc.anything()),
      (search) => {
        for (const read of pages) {
          const first = read(search);
          expect(read({ ...first })).toEqual(first);
        }
      },
    ),
  );
});

test('the playground has one column at least by default, and no more than fit', () => {
  expect(playgroundSearch({})).toEqual({});
  expect(playgroundSearch({ models: 'fast' })).toEqual({ models: ['fast'] });
  expect(playgroundSearch({ models: ['a', 'b', 'c', 'd', 'e', '', 7] }).models).toHaveLength(MOST_COLUMNS);
});

test('a range of days ends with the present UTC day', () => {
  expect(firstDay(1, Date.UTC(2026, 10, 30, 23, 59))).toBe('2026-11-30');
  expect(firstDay(30, Date.UTC(2026, 10, 30))).toBe('2026-11-01');
});
