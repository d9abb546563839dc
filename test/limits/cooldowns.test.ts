import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Failure, kindOf } from '../../src/domain/outcome.ts';
import type { ReadingClass } from '../../src/domain/reading.ts';
import { createCooldowns } from '../../src/limits/cooldowns.ts';
import { targetOf } from '../helpers/target.ts';

const target = (model: string) => targetOf({ model });
const failure = (kind: ReadingClass, healsAt?: number): Failure => ({
  kind: kindOf(kind),
  message: 'm',
  reading: {
    class: kind,
    scope: 'model',
    status: 429,
    error: { message: 'm', type: null, param: null, code: null },
    healsAt,
    observed: [],
  },
});

test('a rate limit covers its model, money and keys the whole account, the rest nothing', () => {
  const cases = {
    rate_limited: [true, false],
    quota_day: [true, false],
    model_gone: [true, false],
    no_money: [true, true],
    auth: [true, true],
    server: [false, false],
    bad_request: [false, false],
    context_length: [false, false],
  } as const;
  for (const [kind, covers] of Object.entries(cases)) {
    const cooldowns = createCooldowns();
    cooldowns.learn(target('a'), failure(kind as ReadingClass), 0);
    expect([target('a'), target('b')].map((each) => cooldowns.check(each, 1) !== undefined)).toEqual(covers);
  }
});

test('for any order of refusals the longest wait holds, and nothing holds after it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1 }), (waits) => {
      const cooldowns = createCooldowns();
      for (const wait of waits) cooldowns.learn(target('a'), failure('rate_limited', wait), 0);
      const longest = Math.max(...waits);
      expect(cooldowns.check(target('a'), longest - 1)?.until).toBe(longest);
      expect(cooldowns.check(target('a'), longest)).toBeUndefined();
    }),
  );
});

test('an account without money is left alone for longer each time, up to an hour', () => {
  const cooldowns = createCooldowns();
  const waits: number[] = [];
  let now = 0;
  for (let n = 0; n < 6; n++) {
    cooldowns.learn(target('a'), failure('no_money'), now);
    const until = cooldowns.check(target('a'), now)?.until ?? 0;
    waits.push((until - now) / 60_000);
    now = until;
  }
  expect(waits).toEqual([5, 10, 20, 40, 60, 60]);
});
