import { expect, test } from 'vitest';
import { MergedIncrements } from '../../src/store/increments.ts';

test('of more keys than a store can have, the newest uses wait for the store', () => {
  const increments = new MergedIncrements();
  for (let n = 0; n < 100_010; n++) increments.add({ lastUsed: [{ keyId: `key_${n}`, at: n }] });
  increments.add({ lastUsed: [{ keyId: 'key_100009', at: 5 }] });
  const { lastUsed } = increments.toBatch('one', 1);
  expect(lastUsed).toHaveLength(100_000);
  expect(lastUsed.at(-1)).toEqual({ keyId: 'key_100009', at: 100_009 });
  expect(lastUsed.some(({ at }) => at < 10)).toBe(false);
});
