import { expect, test } from 'vitest';
import { packRows, RowPacker, sliceRows } from '../../../src/store/request-log/packed-rows.ts';
import type { RequestRow } from '../../../src/store/request-log/request-row.ts';
import { requestRow, unpackRows } from '../../helpers/request-rows.ts';

/** A row that lacks what a row may lack. */
const BARE: Partial<RequestRow> = {
  tenant: '',
  chain: undefined,
  provider: undefined,
  model: undefined,
  requestedModel: undefined,
  tokens: undefined,
  usageSource: 'none',
  costNano: undefined,
  inputBytes: undefined,
  outputBytes: undefined,
  remote: undefined,
  trail: [],
};
const ROWS = [
  requestRow(1, { clientRequestId: 'c', user: 'ann', tags: ['a=1', 'b'], traceId: 'f'.repeat(32), overheadMs: 0 }),
  requestRow(2, BARE),
  requestRow(3, { stream: true, approximate: true, committedMs: 0.1, tenant: 'model', model: 'other' }),
];

test('rows have the same members after they were packed', () => {
  expect(unpackRows(packRows(ROWS))).toEqual(ROWS);
  expect(packRows([]).count).toBe(0);
});

test('a part of the rows has the rows of that part', () => {
  const packed = packRows(ROWS);
  expect(unpackRows(sliceRows(packed, 1, 3))).toEqual(ROWS.slice(1));
  expect(sliceRows(packed, 1, 2).count).toBe(1);
});

test('a name is in a batch once for each kind, however many rows have it', () => {
  const { names } = packRows(Array.from({ length: 100 }, (_, n) => requestRow(n, { tenant: 'x', chain: 'x' })));
  expect(names.filter(([, value]) => value === 'x').map(([kind]) => kind)).toEqual(['tenant', 'chain']);
  expect(names).toHaveLength(10);
});

test('users are packed in the form in which they are stored', () => {
  const packer = new RowPacker();
  for (const user of ['ann', undefined, 'none']) packer.add(requestRow(1, { user }));
  const packed = packer.pack((user) => (user === 'none' ? undefined : `hash of ${user}`));
  expect(unpackRows(packed).map(({ user }) => user)).toEqual(['hash of ann', undefined, undefined]);
});

test('texts that a client chooses are cut', () => {
  const [row] = unpackRows(packRows([requestRow(1, { requestedModel: 'm'.repeat(300), user: 'u'.repeat(300) })]));
  expect([row?.requestedModel?.length, row?.user?.length]).toEqual([256, 256]);
});
