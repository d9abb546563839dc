import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTimeIds, firstIdAt, idText, parseIdText, timeOfId, unclaimedReplica } from '../../src/lib/time-ids.ts';

const NOW = 1_800_000_000_000;

test('ids of one process only grow, even where the time stands still or goes back, and hold their time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 50 }), (steps) => {
      const next = createTimeIds(() => 7);
      let at = NOW;
      const ids = steps.map((step) => next((at += step)));
      expect(ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? id))).toBe(true);
      expect(timeOfId(ids[0] ?? 0n)).toBe(NOW + (steps[0] ?? 0));
    }),
  );
});

test('more than 4096 ids of one millisecond go on in the next one', () => {
  const next = createTimeIds(() => 1023);
  const ids = Array.from({ length: 10_000 }, () => next(NOW));
  expect(new Set(ids).size).toBe(10_000);
  expect(timeOfId(ids.at(-1) ?? 0n)).toBe(NOW + 2);
});

test('processes with other numbers make other ids', () => {
  const [one, two] = [0, 1].map((replica) => createTimeIds(() => replica));
  expect(one?.(NOW)).not.toBe(two?.(NOW));
  expect([0, 0.999_999].map((random) => unclaimedReplica(() => random))).toEqual([512, 1023]);
});

test('a text is an id again, and texts sort as their ids', () => {
  const any = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
  fc.assert(
    fc.property(any, any, (one, two) => {
      expect(parseIdText(idText(one))).toBe(one);
      expect(idText(one) < idText(two)).toBe(one < two);
    }),
  );
  expect(idText(firstIdAt(NOW))).toMatch(/^r_[0-9a-v]{13}$/);
});

test.each(['', 'r_', 'r_zzzzzzzzzzzzz', 'r_8000000000000', 'R_0000000000000', 'r_00000000000000', 'req_1'])(
  '%j is no id',
  (text) => {
    expect(parseIdText(text)).toBeUndefined();
  },
);
