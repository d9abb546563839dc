import { expect, test } from 'vitest';
import { clampPlace, placeOfKey } from '../../../../dashboard/pages/providers/grid-place.ts';

const cell = { from: 0, to: 1, attempts: 0, failed: 0, outcomes: [] };
const ROWS = [{ cells: [cell, cell, cell] }, { cells: [cell, cell, cell] }];

function lead(key: string): unknown {
  return placeOfKey(key, { row: 1, cell: 1 }, 2);
}

test('the arrow keys lead to the neighbours, Home and End to the ends of the row', () => {
  expect(lead('ArrowLeft')).toEqual({ row: 1, cell: 0 });
  expect(lead('ArrowRight')).toEqual({ row: 1, cell: 2 });
  expect(lead('ArrowUp')).toEqual({ row: 0, cell: 1 });
  expect(lead('ArrowDown')).toEqual({ row: 2, cell: 1 });
  expect(lead('Home')).toEqual({ row: 1, cell: 0 });
  expect(lead('End')).toEqual({ row: 1, cell: 2 });
  expect(lead('Tab')).toBeUndefined();
});

test('a place outside of the grid is the nearest one within', () => {
  expect(clampPlace({ row: 2, cell: 5 }, ROWS)).toEqual({ row: 1, cell: 2 });
  expect(clampPlace({ row: -1, cell: -1 }, ROWS)).toEqual({ row: 0, cell: 0 });
  expect(clampPlace({ row: 3, cell: 3 }, [])).toEqual({ row: 0, cell: 0 });
});
