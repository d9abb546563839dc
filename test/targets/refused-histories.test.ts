import { expect, test } from 'vitest';
import { createRefusedHistories } from '../../src/targets/refused-histories.ts';
import { createProfiles } from '../../src/targets/profiles.ts';
import { targetOf } from '../helpers/target.ts';

const A = targetOf({ model: 'a' });
const B = targetOf({ model: 'b' });

test('a refusal holds for its target and its conversation, for an hour', () => {
  const refused = createRefusedHistories();
  refused.add(A, 'one\nc', 1000);
  expect(refused.has(A, 'one\nc', 1000)).toBe(true);
  expect(refused.has(A, 'one\nc', 3_600_999)).toBe(true);
  expect(refused.has(A, 'one\nc', 3_601_000)).toBe(false);
  expect(refused.has(B, 'one\nc', 1000)).toBe(false);
  expect(refused.has(A, 'two\nc', 1000)).toBe(false);
});

test('a refusal that repeats holds an hour longer', () => {
  const refused = createRefusedHistories();
  refused.add(A, 'c', 0);
  refused.add(A, 'c', 3_000_000);
  expect(refused.has(A, 'c', 6_000_000)).toBe(true);
});

test('the latest 10,000 are kept', () => {
  const refused = createRefusedHistories();
  for (let n = 0; n <= 10_000; n++) refused.add(A, `c${n}`, 0);
  expect([refused.has(A, 'c0', 0), refused.has(A, 'c1', 0), refused.has(A, 'c10000', 0)]).toEqual([false, true, true]);
});

test('a new configuration forgets refusals', () => {
  const profiles = createProfiles();
  profiles.refusedHistories.add(A, 'c', 0);
  profiles.forget();
  expect(profiles.refusedHistories.has(A, 'c', 1)).toBe(false);
});
