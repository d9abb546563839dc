import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlidingCounts } from '../../src/lib/sliding-counts.ts';

test('the counts are those of a window that is at most one step shorter', () => {
  const events = fc.array(fc.record({ after: fc.nat(400), good: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(events, fc.nat(3000), (drawn, rest) => {
      const counts = new SlidingCounts(1000, 10);
      let now = 5_000_000;
      const all = drawn.map(({ after, good }) => {
        now += after;
        counts.record(good, now);
        return { at: now, good };
      });
      now += rest;
      const since = (start: number) => all.filter(({ at }) => at >= start);
      const shown = counts.count(now);
      const [most, least] = [since(now - 1000), since(now - 899)];
      expect(shown.all).toBeGreaterThanOrEqual(least.length);
      expect(shown.all).toBeLessThanOrEqual(most.length);
      expect(shown.good).toBeGreaterThanOrEqual(least.filter(({ good }) => good).length);
      expect(shown.good).toBeLessThanOrEqual(most.filter(({ good }) => good).length);
    }),
  );
});
