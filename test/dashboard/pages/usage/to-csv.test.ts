import { expect, test } from 'vitest';
import { toCsv } from '../../../../dashboard/pages/usage/to-csv.ts';

test('cells are quoted where they must be, and formulas are defused', () => {
  const csv = toCsv(
    ['model', 'cost_usd'],
    [
      ['=cmd()', 0.1],
      ['a,"b"\nc', null],
      ['+1', -1],
      ['plain', 2],
    ],
  );
  expect(csv).toBe(`model,cost_usd\r\n'=cmd(),0.1\r\n"a,""b""\nc",\r\n'+1,-1\r\nplain,2\r\n`);
});
