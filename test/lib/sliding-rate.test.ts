import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSlidingRate } from '../../src/lib/sliding-rate.ts';

test('no window has more events than the rate, and none is refused that would fit', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), gaps, (most, between) => {
      const rate = createSlidingRate(most, 100);
      const admitted: number[] = [];
      let now = 1_000_000;
      for (const gap of between) {
        now += gap;
        const fits = admitted.filter((time) => time > now - 100).length < most;
        expect(rate.nextAt() <= now).toBe(fits);
        expect(rate.admit(now)).toBe(fits);
        if (fits) admitted.push(now);
      }
    }),
  );
});
