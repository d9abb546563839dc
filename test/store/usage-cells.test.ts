import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OTHER } from '../../src/store/label-bound.ts';
import { sumOfRows, UsageCells, UsageLabelBound } from '../../src/store/usage-cells.ts';
import { usageRow } from '../helpers/records.ts';

test('rows of one cell are summed, and a label with a separator names another cell', () => {
  const cells = new UsageCells();
  cells.add(usageRow());
  cells.add(usageRow({ costNano: 7, unknownCost: 1 }));
  cells.add(usageRow({ chain: 'default\n', model: 'm' }));
  cells.add(usageRow({ chain: 'default', model: '\nm' }));
  expect(cells.rows()).toEqual([
    usageRow({
      requests: 2,
      inputTokens: 20,
      cachedInputTokens: 8,
      outputTokens: 40,
      reasoningTokens: 10,
      costNano: 1_000_000_014,
      estimatedNano: 14,
      unknownCost: 1,
    }),
    usageRow({ chain: 'default\n', model: 'm' }),
    usageRow({ model: '\nm' }),
  ]);
});

test('beyond 10,000 cells a day the model is given up first, then chain, provider, key and tenant', () => {
  const bound = new UsageLabelBound();
  for (let n = 0; n < 10_000; n++) bound.bounded(usageRow({ model: `m${n}` }));
  const labelsOf = (row: Parameters<typeof usageRow>[0]) => {
    const { tenant, keyId, chain, provider, model } = bound.bounded(usageRow(row));
    return [tenant, keyId, provider, chain, model];
  };
  expect(labelsOf({ model: 'm5' })).toEqual(['acme', 'key_a', 'groq', 'default', 'm5']);
  expect(labelsOf({ model: 'new' })).toEqual(['acme', 'key_a', 'groq', 'default', OTHER]);
  for (let n = 0; n < 2000; n++) bound.bounded(usageRow({ model: 'new', chain: `c${n}` }));
  expect(labelsOf({ model: 'new', chain: 'new' })).toEqual(['acme', 'key_a', 'groq', OTHER, OTHER]);
  for (let n = 0; n < 2000; n++) bound.bounded(usageRow({ model: 'new', chain: 'new', provider: `p${n}` }));
  expect(labelsOf({ model: 'new', chain: 'new', provider: 'new' })).toEqual(['acme', 'key_a', OTHER, OTHER, OTHER]);
  for (let n = 0; n < 2000; n++) bound.bounded(usageRow({ model: 'new', keyId: `k${n}` }));
  expect(labelsOf({ model: 'new', keyId: 'new' })).toEqual(['acme', OTHER, OTHER, OTHER, OTHER]);
  for (let n = 0; n < 4000; n++) bound.bounded(usageRow({ model: 'new', tenant: `t${n}` }));
  expect(labelsOf({ model: 'new', tenant: 'new' })).toEqual([OTHER, OTHER, OTHER, OTHER, OTHER]);
  expect(labelsOf({ model: 'new', tenant: 'new', day: 20_001 })).toEqual(['new', 'key_a', 'groq', 'default', 'new']);
});

const total = (all: readonly ReturnType<typeof usageRow>[]) =>
  all.reduce(sumOfRows, usageRow({ requests: 0, costNano: 0 }));

test('the totals are those of the rows, whichever labels are given up', () => {
  const row = fc.record({ model: fc.nat(30_000), keyId: fc.nat(200), costNano: fc.nat(1e9), requests: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(row, { minLength: 100, maxLength: 400 }), (drawn) => {
      const bound = new UsageLabelBound();
      for (let n = 0; n < 9950; n++) bound.bounded(usageRow({ model: `filler${n}` }));
      const cells = new UsageCells();
      const rows = drawn.map(({ model, keyId, ...sums }) =>
        usageRow({ model: `m${model}`, keyId: `k${keyId}`, ...sums }),
      );
      for (const each of rows) cells.add(bound.bounded(each));
      const { requests, costNano } = total(cells.rows());
      expect({ requests, costNano }).toEqual({ requests: total(rows).requests, costNano: total(rows).costNano });
    }),
    { numRuns: 10 },
  );
});
