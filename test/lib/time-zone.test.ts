import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantOf, zoneOffset } from '../../src/lib/time-zone.ts';

const HOUR = 3600_000;
const at = Date.parse;

describe('the offset of a zone', () => {
  test.each([
    ['UTC', '2026-07-01T00:00:00Z', 0],
    ['America/New_York', '2026-07-01T00:00:00Z', -4 * HOUR],
    ['america/new_york', '2026-12-01T00:00:00Z', -5 * HOUR],
    ['Asia/Kolkata', '2026-12-01T00:00:00Z', 5.5 * HOUR],
    ['America/St_Johns', '2026-12-01T00:00:00Z', -3.5 * HOUR],
    ['Etc/GMT+5', '2026-12-01T00:00:00Z', -5 * HOUR],
    ['+05:45', '2026-12-01T00:00:00Z', 5.75 * HOUR],
    ['-00:30', '2026-12-01T00:00:00Z', -0.5 * HOUR],
  ])('%s at %s', (zone, instant, offset) => {
    expect(zoneOffset(zone, at(instant))).toBe(offset);
  });

  test('is undefined for a zone that does not exist, the second time too', () => {
    for (const zone of ['Mars/Phobos', '', '+99:00', 'Mars/Phobos']) {
      expect(zoneOffset(zone, 0)).toBeUndefined();
      expect(instantOf(0, zone)).toBeUndefined();
    }
  });
});

describe('the instant of a local time', () => {
  test.each([
    ['Europe/Berlin', '2026-03-29T01:30', '2026-03-29T00:30:00Z', 'before an hour is skipped'],
    ['Europe/Berlin', '2026-03-29T03:30', '2026-03-29T01:30:00Z', 'after it'],
    ['Europe/Berlin', '2026-10-25T01:30', '2026-10-24T23:30:00Z', 'before an hour repeats'],
    ['Europe/Berlin', '2026-10-25T03:30', '2026-10-25T02:30:00Z', 'after it'],
    ['America/New_York', '2026-03-08T01:30', '2026-03-08T06:30:00Z', 'before an hour is skipped'],
    ['America/New_York', '2026-03-08T03:30', '2026-03-08T07:30:00Z', 'after it'],
    ['America/New_York', '2026-11-01T00:30', '2026-11-01T04:30:00Z', 'before an hour repeats'],
    ['America/New_York', '2026-11-01T02:30', '2026-11-01T07:30:00Z', 'after it'],
  ])('of %s at %s is %s: %s', (zone, local, instant) => {
    expect(instantOf(at(`${local}Z`), zone)).toBe(at(instant));
  });

  test('shows that time, unless the clocks skip it', () => {
    const zones = fc.constantFrom(
      'America/New_York',
      'Europe/Berlin',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      '-03:30',
    );
    const minutes = fc.integer({ min: at('2020-01-01') / 60_000, max: at('2030-01-01') / 60_000 });
    fc.assert(
      fc.property(zones, minutes, (zone, minute) => {
        const local = minute * 60_000;
        const instant = instantOf(local, zone) ?? 0;
        const shown = instant + (zoneOffset(zone, instant) ?? 0);
        expect([0, HOUR / 2, HOUR]).toContain(shown - local);
      }),
      { numRuns: 500 },
    );
  });
});
