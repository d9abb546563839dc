import { expect, test } from 'vitest';
import { changedMembers } from '../../../../dashboard/pages/audit/changed-members.ts';

test('only members that differ are listed, in the order of their names', () => {
  const before = { role: 'caller', name: 'ci', limits: { concurrency: 1 } };
  const after = { limits: { concurrency: 2 }, name: 'ci', note: 'new', role: 'caller' };
  expect(changedMembers(before, after)).toEqual([
    { name: 'limits', before: { concurrency: 1 }, after: { concurrency: 2 } },
    { name: 'note', before: undefined, after: 'new' },
  ]);
});

test('of something new or removed all members are listed', () => {
  expect(changedMembers(null, { name: 'ci' })).toEqual([{ name: 'name', before: undefined, after: 'ci' }]);
  expect(changedMembers({ name: 'ci' }, null)).toEqual([{ name: 'name', before: 'ci', after: undefined }]);
  expect(changedMembers(null, null)).toEqual([]);
});
