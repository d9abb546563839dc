import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changesBetween } from '../../src/config/changes.ts';
import { isRecord } from '../../src/lib/record.ts';

const known = (view: Record<string, unknown>) => ({ view, isUnknown: () => false, isVariable: () => false });
const between = (before: Record<string, unknown>, after: Record<string, unknown>) =>
  changesBetween(before, known(after)).changes;

test('each value that differs is a change, with what was there before', () => {
  const before = { a: 1, same: [1, { x: true }], list: ['one', 'two'], gone: { deep: { text: 'x' } }, empty: {} };
  const after = { a: 2, same: [1, { x: true }], list: ['one', 'three', 'four'], added: { none: [] } };
  expect(between(before, after)).toEqual([
    { path: 'a', before: 1, after: 2 },
    { path: 'list[1]', before: 'two', after: 'three' },
    { path: 'list[2]', before: null, after: 'four' },
    { path: 'gone.deep.text', before: 'x', after: null },
    { path: 'empty', before: {}, after: null },
    { path: 'added.none', before: null, after: [] },
  ]);
});

test('a value in place of a list, an object or nothing is a change', () => {
  expect(between({ a: 'text', b: {}, c: null }, { a: { x: 1 }, b: [], c: 0 })).toEqual([
    { path: 'a', before: 'text', after: null },
    { path: 'a.x', before: null, after: 1 },
    { path: 'b', before: {}, after: [] },
    { path: 'c', before: null, after: 0 },
  ]);
});

test('at most 200 changes are listed, and long texts are cut', () => {
  const many = Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`member${n}`, 'x'.repeat(2000)]));
  const { changes, omitted } = changesBetween({}, known(many));
  expect([changes.length, omitted]).toEqual([200, 50]);
  expect(Buffer.byteLength(JSON.stringify(changes[0]?.after))).toBeLessThanOrEqual(1002);
  expect(between({ a: `${'x'.repeat(2000)}1` }, { a: `${'x'.repeat(2000)}2` })).toHaveLength(1);
});

/** Every value of a configuration that is no list or object with members, by its path. */
function leavesOf(value: unknown, path = ''): [string, unknown][] {
  if (Array.isArray(value) && value.length > 0) return value.flatMap((item, n) => leavesOf(item, `${path}[${n}]`));
  if (isRecord(value) && Object.keys(value).length > 0)
    return Object.entries(value).flatMap(([key, item]) => leavesOf(item, path === '' ? key : `${path}.${key}`));
  return value === null ? [] : [[path, value]];
}

test('the changes turn the one into the other', () => {
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom('x', 'y', 0, 1, true, null),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('k', 'l', 'm'), tie('node'), { maxKeys: 3 }),
    ),
  })).node;
  const config = fc.dictionary(fc.constantFrom('a', 'b'), value);
  fc.assert(
    fc.property(config, config, (before, after) => {
      const leaves = new Map(leavesOf(before).filter(([path]) => path !== ''));
      for (const change of between(before, after)) {
        expect(leaves.get(change.path) ?? null).toEqual(change.before);
        if (change.after === null) leaves.delete(change.path);
        else leaves.set(change.path, change.after);
      }
      expect(leaves).toEqual(new Map(leavesOf(after).filter(([path]) => path !== '')));
    }),
  );
});
