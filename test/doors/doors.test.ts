import { expect, test } from 'vitest';
import { DOORS, isWholeDoor, MOUNTED_DOORS } from '../helpers/doors.ts';
import * as tables from './cases.ts';
import { testDoors } from './table.ts';

testDoors(DOORS);

test('the samples for other doors are cases, and five doors run all cases', () => {
  const { SAMPLES, SPILLS, JSON_SPILLS, STREAM_SPILLS, WHOLES, JSON_WHOLES, BREAKS } = tables;
  const cases = [SPILLS, JSON_SPILLS, STREAM_SPILLS, WHOLES, JSON_WHOLES, BREAKS].flatMap((table) =>
    Object.keys(table),
  );
  expect([...SAMPLES].filter((name) => !cases.includes(name))).toEqual([]);
  expect(Object.keys({ ...DOORS, ...MOUNTED_DOORS }).filter(isWholeDoor)).toHaveLength(5);
});
