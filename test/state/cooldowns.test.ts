import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCooldowns } from '../../src/state/cooldowns.ts';
import type { Cooldown } from '../../src/state/limit-state.ts';

function cooldown(retryAt: number, own: Partial<Cooldown> = {}): Cooldown {
  return { retryAt, lasting: false, reason: 'throttled', ...own };
}

test('the longest cooldown of any of the keys is found until it ends', () => {
  const cooldowns = createCooldowns();
  cooldowns.put('acc', cooldown(200, { reason: 'exhausted', lasting: true }));
  cooldowns.put('acc/m', cooldown(100));
  expect(cooldowns.find(['acc/m', 'acc'], 50)).toEqual(cooldown(200, { reason: 'exhausted', lasting: true }));
  expect(cooldowns.find(['acc/m'], 99)).toEqual(cooldown(100));
  expect(cooldowns.find(['acc/m'], 100)).toBeUndefined();
  expect(cooldowns.find(['other'], 0)).toBeUndefined();
});

test('a cooldown that is shorter or as long changes nothing', () => {
  const cooldowns = createCooldowns();
  expect(cooldowns.put('k', cooldown(100))).toBe(true);
  expect(cooldowns.put('k', cooldown(99, { reason: 'exhausted' }))).toBe(false);
  expect(cooldowns.put('k', cooldown(100, { reason: 'exhausted' }))).toBe(false);
  expect(cooldowns.find(['k'], 0)).toEqual(cooldown(100));
  expect(cooldowns.put('k', cooldown(101))).toBe(true);
});

test('matching cooldowns are forgotten, the others stay', () => {
  const cooldowns = createCooldowns();
  cooldowns.put('key', cooldown(100, { reason: 'unauthorised' }));
  cooldowns.put('rate', cooldown(100));
  expect(cooldowns.forget(['unauthorised'])).toEqual(['key']);
  expect(cooldowns.all(0)).toEqual([{ key: 'rate', ...cooldown(100) }]);
  expect(cooldowns.all(100)).toEqual([]);
});

test('of too many keys the cooldown set first is forgotten first, and the memory is bounded', () => {
  const cooldowns = createCooldowns();
  for (let each = 0; each < 10_000; each++) cooldowns.put(`k${each}`, cooldown(100));
  cooldowns.put('k0', cooldown(200));
  for (let each = 0; each < 5; each++) cooldowns.put(`more${each}`, cooldown(100));
  expect(cooldowns.all(0)).toHaveLength(10_000);
  expect(cooldowns.find(['k0'], 0)).toEqual(cooldown(200));
  expect(cooldowns.find(['k1'], 0)).toBeUndefined();
});

test('for any sequence a key cools down until the latest cooldown that was put', () => {
  const step = fc.record({
    gap: fc.nat(50),
    key: fc.constantFrom('a', 'b', 'c'),
    length: fc.integer({ min: 1, max: 200 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const cooldowns = createCooldowns();
      const latest = new Map<string, number>();
      let now = 0;
      for (const { gap, key, length } of steps) {
        now += gap;
        const before = latest.get(key) ?? 0;
        expect(cooldowns.put(key, cooldown(now + length))).toBe(now + length > before);
        latest.set(key, Math.max(before, now + length));
        for (const each of ['a', 'b', 'c']) {
          const end = latest.get(each) ?? 0;
          expect(cooldowns.find([each], now)?.retryAt).toBe(end > now ? end : undefined);
        }
        const all = Math.max(0, ...latest.values());
        expect(cooldowns.find(['a', 'b', 'c'], now)?.retryAt).toBe(all > now ? all : undefined);
      }
    }),
  );
});
