import { expect, test } from 'vitest';
import { firstDay, shownOf } from '../../../../dashboard/pages/usage/search.ts';

test('a range of days ends with the present UTC day', () => {
  expect(firstDay(7, Date.parse('2026-12-03T00:30:00+02:00'))).toBe('2026-11-26');
  expect(firstDay(1, Date.parse('2026-12-03T23:59:59Z'))).toBe('2026-12-03');
});

test('a summary is named by what it is of, not by what was chosen after it', () => {
  expect(shownOf({ by: ['model'], from: '2026-10-25', to: '2026-11-01' })).toEqual({ by: 'model', days: 7 });
  expect(shownOf({ by: ['hour'], from: '2026-11-30', to: '2026-12-01' })).toEqual({ by: 'key', days: 1 });
});
