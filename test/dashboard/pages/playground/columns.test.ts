import { expect, test } from 'vitest';
import { columnsOf } from '../../../../dashboard/pages/playground/columns.ts';

const three = columnsOf([], ['a', 'b', 'c']);
const idsOf = (models: readonly string[]): readonly number[] => columnsOf(three, models).map(({ id }) => id);

test('a column that is removed takes its own answer with it', () => {
  expect(three.map(({ id }) => id)).toEqual([0, 1, 2]);
  expect(idsOf(['b', 'c'])).toEqual([1, 2]);
  expect(idsOf(['a', 'c'])).toEqual([0, 2]);
  expect(idsOf(['c'])).toEqual([2]);
});

test('a column whose model is edited stays itself, also where it gets the name of another one', () => {
  expect(idsOf(['b', 'b', 'c'])).toEqual([0, 1, 2]);
  expect(idsOf(['a', 'b', 'a'])).toEqual([0, 1, 2]);
});

test('a new column has an id of its own, and so have models that no column had', () => {
  expect(idsOf(['a', 'b', 'c', 'c'])).toEqual([0, 1, 2, 3]);
  expect(idsOf(['x', 'b'])).toEqual([3, 1]);
});

test('columns of two equal models are two, and nothing new is made where nothing changes', () => {
  const twins = columnsOf([], ['a', 'a']);
  expect(columnsOf(twins, ['a']).map(({ id }) => id)).toEqual([0]);
  expect(columnsOf(three, ['a', 'b', 'c'])).toBe(three);
});
