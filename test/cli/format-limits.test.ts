import { expect, test } from 'vitest';
import { formatLimits } from '../../src/cli/format-limits.ts';
import { WINDOW_NAMES } from '../../src/domain/limits.ts';

test('configured limits are listed with the shortest window first', () => {
  const limits = { concurrency: 4, tokensPerDay: 100_000, requestsPerMinute: 30 };
  expect(formatLimits(limits)).toBe('30 requests/min, 100000 tokens/day, 4 concurrent');
});

test('without a configured limit those that the provider reports apply', () => {
  expect(formatLimits({})).toBe('as reported');
});

test('every window is listed', () => {
  for (const name of WINDOW_NAMES) expect(formatLimits({ [name]: 7 })).toMatch(/^7 /);
});

test('a concurrency that adapts is named as such', () => {
  expect(formatLimits({ requestsPerMinute: 30, adaptsConcurrency: true })).toBe(
    '30 requests/min, concurrent as it adapts',
  );
});
