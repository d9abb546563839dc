import { expect, test } from 'vitest';
import { limitsCell } from '../../src/cli/limits-cell.ts';
import { WINDOW_NAMES } from '../../src/domain/limits.ts';

test('configured limits are told in a few words, the shortest window first', () => {
  const limits = { concurrency: 4, tokensPerDay: 100_000, requestsPerMinute: 30 };
  expect(limitsCell(limits)).toBe('30 requests/min, 100000 tokens/day, 4 at once');
});

test('where none is configured the vendor’s own hold', () => {
  expect(limitsCell({})).toBe('the vendor’s own');
});

test('no window is left out', () => {
  for (const name of WINDOW_NAMES) expect(limitsCell({ [name]: 7 })).toMatch(/^7 /);
});
