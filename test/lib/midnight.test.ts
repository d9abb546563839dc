import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextMidnight } from '../../src/lib/midnight.ts';

const HOUR = 3600_000;
const at = Date.parse;

test.each([
  ['2026-11-22T08:00:00Z', '2026-11-23T00:00:00Z'],
  ['2026-11-22T23:59:59.999Z', '2026-11-23T00:00:00Z'],
  ['2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z'],
  ['2028-02-28T12:00:00Z', '2028-02-29T00:00:00Z'],
  ['2026-12-31T12:00:00Z', '2027-01-01T00:00:00Z'],
])('after %s the next midnight of UTC is %s', (now, midnight) => {
  expect(nextMidnight('UTC', at(now))).toBe(at(midnight));
});

describe('the next midnight in California', () => {
  test.each([
    ['in winter', '2026-11-22T08:30:00Z', '2026-11-23T08:00:00Z'],
    ['in summer', '2026-07-01T06:30:00Z', '2026-07-01T07:00:00Z'],
    ['on midnight itself', '2026-07-01T07:00:00Z', '2026-07-02T07:00:00Z'],
    ['before an hour is skipped', '2026-03-08T08:00:00Z', '2026-03-09T07:00:00Z'],
    ['after an hour was skipped', '2026-03-08T10:00:00Z', '2026-03-09T07:00:00Z'],
    ['before an hour repeats', '2026-11-01T07:00:00Z', '2026-11-02T08:00:00Z'],
    ['in the hour that repeats', '2026-11-01T09:30:00Z', '2026-11-02T08:00:00Z'],
    ['in the last hour of that day', '2026-11-02T07:59:59.999Z', '2026-11-02T08:00:00Z'],
  ])('%s', (_, now, midnight) => {
    expect(nextMidnight('America/Los_Angeles', at(now))).toBe(at(midnight));
  });
});

test('the next midnight is later than now, midnight on the zone’s clocks, and the first one', () => {
  const clocks = Object.fromEntries(
    (['UTC', 'America/Los_Angeles'] as const).map((timeZone) => [
      timeZone,
      new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', timeStyle: 'medium' }),
    ]),
  );
  fc.assert(
    fc.property(
      fc.constantFrom('UTC', 'America/Los_Angeles'),
      fc.double({ min: at('2008-01-01'), max: at('2036-01-01'), noNaN: true }),
      (zone, now) => {
        const midnight = nextMidnight(zone, now);
        expect(midnight).toBeGreaterThan(now);
        expect(midnight - now).toBeLessThanOrEqual((zone === 'UTC' ? 24 : 25) * HOUR);
        expect(clocks[zone]?.format(midnight)).toBe('00:00:00');
        // A moment before it, it is still the next midnight.
        expect(nextMidnight(zone, midnight - 1)).toBe(midnight);
      },
    ),
  );
});
