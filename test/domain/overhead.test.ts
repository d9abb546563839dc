import { expect, test } from 'vitest';
import { overheadOf, type TimedRequest } from '../../src/domain/overhead.ts';
import type { TrailStep } from '../../src/domain/trail.ts';

/** A request that was accepted at 1000, with attempts of [start, end] in milliseconds since then. */
function overhead(
  attempts: readonly (readonly [number, number])[],
  endedAt: number,
  report: Partial<TimedRequest['report']> = {},
): number | undefined {
  const trail = attempts.map(([from, to]): TrailStep => ({
    provider: 'a',
    model: 'm',
    outcome: 'answered',
    startedMs: from,
    durationMs: to - from,
  }));
  const facts = { chain: 'default', stream: false, committedAt: undefined, receivedMs: 0, queuedMs: 0, pausedMs: 0 };
  return overheadOf({ report: { ...facts, trail, ...report }, acceptedAt: 1000, endedAt: 1000 + endedAt });
}

test('the overhead is what lies before, between and after the attempts', () => {
  expect(overhead([[2, 10]], 11)).toBe(3);
  expect(
    overhead(
      [
        [2, 10],
        [13, 20],
      ],
      21,
    ),
  ).toBe(6);
});

test.each([
  ['the second one answers', [[2, 30] as const, [12, 30] as const]],
  ['the second one fails first', [[12, 20] as const, [2, 30] as const]],
  ['the first one fails first', [[2, 15] as const, [12, 30] as const]],
])('attempts beside each other count once where %s', (_, attempts) => {
  expect(overhead(attempts, 31)).toBe(3);
});

test('the arrival of the body, the queue and pauses before retries are not the gateway’s', () => {
  expect(overhead([[100, 110]], 111, { receivedMs: 40, queuedMs: 50, pausedMs: 5 })).toBe(6);
});

test('a stream counts until its commit, and without a chain there is no overhead', () => {
  expect(overhead([[2, 10]], 5000, { stream: true, committedAt: 1010 })).toBe(2);
  expect(overhead([], 5, { chain: undefined })).toBeUndefined();
});
