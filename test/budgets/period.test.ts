import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Period, periodAt } from '../../src/budgets/period.ts';
import { BUDGET_PERIODS, type BudgetPeriod } from '../../src/domain/budget.ts';

const HOUR_MS = 3600_000;
const at = (instant: string): number => Date.parse(instant);
const shown = ({ startsAt, endsAt }: Period): string[] =>
  [startsAt, endsAt].map((each) => new Date(each).toISOString());

describe('the end of a month is that of the clocks of its zone', () => {
  test.each([
    ['Europe/Berlin', '2026-10-31T22:59:59.999Z', '2026-09-30T22:00:00.000Z', '2026-10-31T23:00:00.000Z'],
    ['Europe/Berlin', '2026-10-31T23:00:00Z', '2026-10-31T23:00:00.000Z', '2026-11-30T23:00:00.000Z'],
    ['Europe/Berlin', '2026-03-31T21:59:59.999Z', '2026-02-28T23:00:00.000Z', '2026-03-31T22:00:00.000Z'],
    ['Asia/Kolkata', '2026-11-30T18:29:59.999Z', '2026-10-31T18:30:00.000Z', '2026-11-30T18:30:00.000Z'],
    ['Asia/Kolkata', '2026-11-30T18:30:00Z', '2026-11-30T18:30:00.000Z', '2026-12-31T18:30:00.000Z'],
    ['Australia/Lord_Howe', '2026-10-15T00:00:00Z', '2026-09-30T13:30:00.000Z', '2026-10-31T13:00:00.000Z'],
    ['Australia/Lord_Howe', '2026-04-15T00:00:00Z', '2026-03-31T13:00:00.000Z', '2026-04-30T13:30:00.000Z'],
    ['UTC', '2028-02-29T12:00:00Z', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
    ['America/New_York', '2026-01-01T04:59:59.999Z', '2025-12-01T05:00:00.000Z', '2026-01-01T05:00:00.000Z'],
  ])('%s at %s', (timeZone, instant, starts, ends) => {
    expect(shown(periodAt({ period: 'month', timeZone }, at(instant)))).toEqual([starts, ends]);
  });
});

describe('days and hours on which clocks change', () => {
  test.each([
    ['day', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['day', 'Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    ['day', 'Australia/Lord_Howe', '2026-10-03T15:20:00Z', '2026-10-03T13:30:00.000Z', '2026-10-04T13:00:00.000Z'],
    // Midnight does not exist, and exists twice.
    ['day', 'Africa/Cairo', '2026-04-24T01:00:00Z', '2026-04-23T22:00:00.000Z', '2026-04-24T21:00:00.000Z'],
    ['day', 'America/Havana', '2026-11-01T05:30:00Z', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'],
    ['hour', 'Asia/Kolkata', '2026-11-30T18:29:59.999Z', '2026-11-30T17:30:00.000Z', '2026-11-30T18:30:00.000Z'],
    // Half an hour is skipped, and is shown twice.
    ['hour', 'Australia/Lord_Howe', '2026-10-03T15:40:00Z', '2026-10-03T15:30:00.000Z', '2026-10-03T16:00:00.000Z'],
    ['hour', 'Australia/Lord_Howe', '2026-04-04T15:10:00Z', '2026-04-04T15:00:00.000Z', '2026-04-04T15:30:00.000Z'],
  ] as const)('a %s in %s at %s', (period, timeZone, instant, starts, ends) => {
    expect(shown(periodAt({ period, timeZone }, at(instant)))).toEqual([starts, ends]);
  });
});

describe('a week', () => {
  test.each([
    ['2026-11-29T23:59:59.999Z', '2026-11-23T00:00:00.000Z', '2026-11-30T00:00:00.000Z'],
    ['2026-11-30T00:00:00Z', '2026-11-30T00:00:00.000Z', '2026-12-07T00:00:00.000Z'],
    ['1969-12-31T00:00:00Z', '1969-12-29T00:00:00.000Z', '1970-01-05T00:00:00.000Z'],
  ])('begins on Monday: %s', (instant, starts, ends) => {
    expect(shown(periodAt({ period: 'week', timeZone: 'UTC' }, at(instant)))).toEqual([starts, ends]);
  });
});

test('all time has no end', () => {
  expect(periodAt({ period: 'total', timeZone: 'UTC' }, at('2026-11-30T00:00:00Z'))).toEqual({
    startsAt: 0,
    endsAt: Infinity,
  });
});

const ZONES = ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/St_Johns', 'Pacific/Apia'];
const PERIODS = BUDGET_PERIODS.filter((period) => period !== 'total') as readonly Exclude<BudgetPeriod, 'total'>[];

test('an instant is in its period, and the next period begins where it ends', () => {
  const instant = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2032-01-01T00:00:00Z') });
  fc.assert(
    fc.property(fc.constantFrom(...PERIODS), fc.constantFrom(...ZONES), instant, (period, timeZone, now) => {
      const found = periodAt({ period, timeZone }, now);
      expect(found.startsAt).toBeLessThanOrEqual(now);
      expect(found.endsAt).toBeGreaterThan(now);
      expect(periodAt({ period, timeZone }, found.endsAt).startsAt).toBe(found.endsAt);
      expect(periodAt({ period, timeZone }, found.endsAt - 1)).toEqual(found);
      expect(periodAt({ period, timeZone }, found.startsAt)).toEqual(found);
      expect(found.endsAt - found.startsAt).toBeLessThanOrEqual((31 * 24 + 1) * HOUR_MS);
    }),
    { numRuns: 300 },
  );
});
