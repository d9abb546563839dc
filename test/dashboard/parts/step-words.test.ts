import { expect, test } from 'vitest';
import { isFailure, stepWords } from '../../../dashboard/parts/step-words.ts';

test.each([
  [{ outcome: 'throttled', reason: null, status: 429 }, '429 rate limited'],
  [{ outcome: 'unreachable', reason: null, status: null }, 'not reachable'],
  [{ outcome: 'skipped', reason: 'breaker_open', status: null }, 'breaker open'],
  [{ outcome: 'cancelled', reason: 'hedge_lost', status: null }, 'another attempt answered first'],
  [{ outcome: 'skipped', reason: 'some_new_reason', status: null }, 'some new reason'],
  [{ outcome: 'some_new_outcome', reason: null, status: null }, 'some new outcome'],
])('%j in words', (step, words) => {
  expect(stepWords(step)).toBe(words);
});

test('an entry that was skipped and an attempt that was cancelled have not failed', () => {
  expect(
    ['answered', 'skipped', 'cancelled', 'silent', 'some_new_outcome'].map((outcome) => isFailure({ outcome })),
  ).toEqual([false, false, false, true, true]);
});
