import { expect, test } from 'vitest';
import { weightOf } from '../../src/lib/accepted.ts';

test.each([
  ['gzip, br', 'br', 1],
  ['gzip;q=0.5 , BR ; q=0.25', 'br', 0.25],
  ['br;q=0', 'br', 0],
  ['br;q=0.000', 'br', 0],
  ['text/html;charset=utf-8;q=0.1', 'text/html', 0.1],
  // A weight that is none says nothing, so the name is not accepted.
  ['br;q=2', 'br', 0],
  ['br;q=', 'br', 0],
  ['*', 'br', undefined],
  ['brotli', 'br', undefined],
  ['', 'br', undefined],
])('of %j the weight of %s is %s', (list, name, weight) => {
  expect(weightOf(list, name)).toBe(weight);
});
