import { expect, test } from 'vitest';
import { type Failure, kindOf } from '../../src/domain/outcome.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { createFailureEffects } from '../../src/limits/failure-effects.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import { callOf } from '../helpers/call.ts';
import { fakeClock } from '../helpers/clock.ts';
import { targetOf } from '../helpers/target.ts';

const HOUR = 3600_000;
const DAY = 24 * HOUR;

/** The cooldown that a refusal with this hint causes, in milliseconds. */
function cooldownOf(reading: Pick<Reading, 'class' | 'quotaPeriod'>, hint: number | undefined): number {
  const clock = fakeClock();
  const state = createMemoryState(clock);
  const target = targetOf();
  const error = { message: 'no', type: null, param: null, code: null };
  const failure: Failure = {
    kind: kindOf({ ...reading, status: 429 }),
    message: 'no',
    reading: {
      ...reading,
      scope: 'model',
      status: 429,
      error,
      observed: [],
      matchedText: [],
      retryAt: hint === undefined ? undefined : clock.now() + hint,
    },
  };
  createFailureEffects(state, clock).apply(target, failure, callOf({ input: {} }));
  return (state.status(target).cooldown?.retryAt ?? clock.now()) - clock.now();
}

test.each([
  ['a rate limit', { class: 'rate_limited' }, HOUR],
  ['a day', { class: 'quota_day' }, 25 * HOUR],
  ['a week', { class: 'quota_day', quotaPeriod: 'week' }, 7 * DAY + HOUR],
  ['a quota of an unknown period', { class: 'quota_day', quotaPeriod: 'month' }, 31 * DAY],
  ['billing', { class: 'no_money' }, 31 * DAY],
] as const)('a hint for %s counts up to the longest that it can last', (_, reading, longest) => {
  expect(cooldownOf(reading, longest - 1)).toBe(longest - 1);
  expect(cooldownOf(reading, longest)).toBe(longest);
  expect(cooldownOf(reading, longest + 1)).toBe(longest);
});

test('a hint for a rate limit counts as at least a second', () => {
  expect(cooldownOf({ class: 'rate_limited' }, 5)).toBe(1000);
});

test('a quota without a hint is tried again after an hour, whatever its period is', () => {
  for (const quotaPeriod of [undefined, 'week', 'month'] as const)
    expect(cooldownOf({ class: 'quota_day', quotaPeriod }, undefined)).toBe(HOUR);
});
