import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { OTHER } from '../../src/store/label-bound.ts';
import { MergedIncrements } from '../../src/store/increments.ts';
import {
  addSums,
  bucketOf,
  DURATION_BOUNDS,
  HOUR_SUMS,
  type HourCell,
  HourLabelBound,
  percentileOf,
} from '../../src/store/usage-hours.ts';
import { fakeClock } from '../helpers/clock.ts';
import { ENGINES, stopServer, titleOf } from '../helpers/engines.ts';
import { batchOf } from '../helpers/records.ts';
import { NOW } from '../helpers/store.ts';

afterAll(stopServer);

const HOUR = NOW / 3_600_000;

/** A cell whose sums are n, 2n, 3n and so on. */
function cell(n: number, members: Partial<HourCell> = {}): HourCell {
  const sums = HOUR_SUMS.map((_, index) => n * (index + 1));
  return {
    hour: HOUR,
    tenant: 'acme',
    chain: 'default',
    provider: 'groq',
    model: 'llama',
    code: 'ok',
    sums,
    ...members,
  };
}

describe.each(ENGINES.map((engine) => ({ ...engine, title: titleOf(engine) })))(
  'usage by hours in $title',
  (engine) => {
    const it = test.skipIf(engine.missing !== undefined);

    it('cells of several batches are added, and summed by any labels', async () => {
      await using database = await engine.create();
      await using store = await database.open({ clock: fakeClock(NOW) });
      const cells = [
        cell(1),
        cell(2, { code: 'internal_error' }),
        cell(3, { hour: HOUR + 1 }),
        cell(4, { hour: HOUR + 24, tenant: '' }),
        cell(5, { model: 'a\0b', provider: '' }),
        cell(1e9),
      ];
      await store.records.write(batchOf({ hours: cells }));
      await store.records.write(batchOf({ seq: 2, hours: [cell(7)] }));
      await store.records.write(batchOf({ seq: 2, hours: [cell(7)] }));
      const all = [...cells, cell(7)];
      const range = { from: 0, to: 1e6, limit: 100 };
      const [total] = await store.records.hours({ ...range, by: [] });
      expect(total?.sums).toEqual(all.map(({ sums }) => sums).reduce(addSums));
      const byCode = await store.records.hours({ ...range, by: ['code'] });
      expect(byCode.map(({ code, sums }) => [code, sums[0]])).toEqual([
        ['ok', 1e9 + 20],
        ['internal_error', 2],
      ]);
      const days = await store.records.hours({ ...range, by: ['day', 'tenant'] });
      expect(days.map(({ hour, tenant, sums }) => [hour, tenant, sums[0]])).toEqual([
        [HOUR - (HOUR % 24), 'acme', 1e9 + 18],
        [HOUR + 24 - (HOUR % 24), '', 4],
      ]);
      const acme = await store.records.hours({
        ...range,
        from: HOUR,
        to: HOUR + 2,
        by: ['hour'],
        tenant: 'acme',
        limit: 1,
      });
      expect(acme.map(({ hour, sums }) => [hour, sums[0]])).toEqual([[HOUR, 1e9 + 15]]);
    });

    it('hours of more than 90 days ago are deleted', async () => {
      const clock = fakeClock(NOW);
      await using database = await engine.create();
      await using store = await database.open({ clock });
      await store.records.write(batchOf({ hours: [cell(1), cell(2, { hour: HOUR + 48 })] }));
      clock.advance(91 * 86_400_000);
      await store.records.write(batchOf({ writer: 'two', hours: [] }));
      const left = await store.records.hours({ from: 0, to: 1e6, by: ['hour'], limit: 10 });
      expect(left.map(({ hour }) => hour)).toEqual([HOUR + 48]);
    });
  },
);

test('increments of one cell are merged', () => {
  const increments = new MergedIncrements();
  for (const hours of [[cell(1)], [cell(2), cell(3, { code: 'x' })]]) increments.add({ hours });
  expect(increments.toBatch('w', 1).hours).toEqual([cell(3), cell(3, { code: 'x' })]);
  expect(increments.isEmpty).toBe(false);
});

test('beyond 2,000 cells an hour the model is given up first, and the code never', () => {
  const bound = new HourLabelBound();
  for (let n = 0; n < 2000; n++) bound.bounded(cell(1, { model: `m${n}` }));
  expect(bound.bounded(cell(1, { model: 'm7' })).model).toBe('m7');
  expect(bound.bounded(cell(1, { model: 'new', code: 'x' }))).toEqual(cell(1, { model: OTHER, code: 'x' }));
  expect(bound.bounded(cell(1, { model: 'new', hour: HOUR + 1 })).model).toBe('new');
});

test('a percentile lies in the bucket of its time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 700_000 }), { minLength: 1, maxLength: 60 }), (times) => {
      const counts = Array.from({ length: DURATION_BOUNDS.length + 1 }, () => 0);
      for (const ms of times) counts[bucketOf(ms, DURATION_BOUNDS)]!++;
      const sorted = times.toSorted((a, b) => a - b);
      const exact = sorted[Math.ceil(times.length * 0.95) - 1] ?? 0;
      const found = percentileOf(counts, DURATION_BOUNDS, 0.95) ?? 0;
      const bucket = bucketOf(exact, DURATION_BOUNDS);
      expect(found).toBeGreaterThanOrEqual(DURATION_BOUNDS[bucket - 1] ?? 0);
      expect(found).toBeLessThanOrEqual(DURATION_BOUNDS[bucket] ?? 600_000);
    }),
  );
  expect(percentileOf([0, 0], [1], 0.5)).toBeNull();
});
