import { expect, test } from 'vitest';
import { overviewSearch } from '../../../../dashboard/pages/overview/search.ts';

test('a known range stands in the URL, and the last hour in none', () => {
  expect(overviewSearch({ range: '7d', other: 1 })).toEqual({ range: '7d' });
  expect(overviewSearch({ range: '1h' })).toEqual({});
  expect(overviewSearch({})).toEqual({});
});

test.each(['2h', 7, null, ['7d'], { range: '7d' }])('the range %j is dropped', (range) => {
  expect(overviewSearch({ range })).toEqual({});
});
