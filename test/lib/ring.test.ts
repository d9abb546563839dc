import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRing } from '../../src/lib/ring.ts';

test('a ring has the newest items, in their order, and reports each that it drops', () => {
  const steps = fc.array(fc.constantFrom('push', 'shift', 'clear'), { maxLength: 100 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), steps, (most, all) => {
      const ring = createRing<number>(most);
      const expected: number[] = [];
      for (const [n, step] of all.entries()) {
        if (step === 'push') {
          expect(ring.push(n)).toBe(expected.length === most);
          if (expected.length === most) expected.shift();
          expected.push(n);
        } else if (step === 'shift') {
          expect(ring.shift()).toBe(expected.shift());
        } else {
          ring.clear();
          expected.length = 0;
        }
        expect(ring.size).toBe(expected.length);
      }
    }),
  );
});
