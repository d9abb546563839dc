import { afterAll, describe, expect, test } from 'vitest';
import { type AttemptCell, AttemptLabelBound } from '../../src/store/attempt-hours.ts';
import { MergedIncrements } from '../../src/store/increments.ts';
import { OTHER } from '../../src/store/label-bound.ts';
import { fakeClock } from '../helpers/clock.ts';
import { ENGINES, stopServer, titleOf } from '../helpers/engines.ts';
import { batchOf } from '../helpers/records.ts';
import { NOW } from '../helpers/store.ts';

afterAll(stopServer);

const HOUR = NOW / 3_600_000;
const ALL = { from: 0, to: 1e6, limit: 100 };

/** So many attempts at groq/llama that were answered in this hour, with other members where they are given. */
function cell(attempts: number, members: Partial<AttemptCell> = {}): AttemptCell {
  return { hour: HOUR, provider: 'groq', model: 'llama', outcome: 'answered', attempts, ...members };
}

describe.each(ENGINES.map((engine) => ({ ...engine, title: titleOf(engine) })))(
  'attempts by hour in $title',
  (engine) => {
    const it = test.skipIf(engine.missing !== undefined);

    it('cells of several batches are added, and a batch is written once', async () => {
      await using database = await engine.create();
      await using store = await database.open({ clock: fakeClock(NOW) });
      const cells = [
        cell(1),
        cell(1e12),
        cell(2, { outcome: 'throttled' }),
        cell(3, { hour: HOUR + 1, model: 'a\0b' }),
        cell(4, { provider: 'local' }),
      ];
      await store.records.write(batchOf({ attempts: cells }));
      for (let n = 0; n < 2; n++) await store.records.write(batchOf({ seq: 2, attempts: [cell(7)] }));
      expect(await store.records.attempts(ALL)).toEqual([
        cell(3, { hour: HOUR + 1, model: 'a\ufffdb' }),
        cell(1e12 + 8),
        cell(2, { outcome: 'throttled' }),
        cell(4, { provider: 'local' }),
      ]);
      expect(await store.records.attempts({ ...ALL, limit: 2 })).toHaveLength(2);
    });

    it('each filter selects', async () => {
      await using database = await engine.create();
      await using store = await database.open({ clock: fakeClock(NOW) });
      const [one, two, three] = [cell(1), cell(2, { provider: 'local' }), cell(3, { model: 'gemma', hour: HOUR + 1 })];
      await store.records.write(batchOf({ attempts: [one, two, three] }));
      const read = (query: object) => store.records.attempts({ ...ALL, ...query });
      expect(await read({ from: HOUR + 1 })).toEqual([three]);
      expect(await read({ to: HOUR + 1 })).toEqual([one, two]);
      expect(await read({ provider: 'local' })).toEqual([two]);
      expect(await read({ model: 'gemma', provider: 'groq' })).toEqual([three]);
      expect(await read({ model: 'gemma', provider: 'local' })).toEqual([]);
      const among = [
        ['local', 'llama'],
        ['groq', 'gemma'],
        ['local', 'gemma'],
      ];
      expect(await read({ among })).toEqual([three, two]);
      expect(await read({ among, provider: 'groq' })).toEqual([three]);
    });

    it('hours of more than 90 days ago are deleted', async () => {
      const clock = fakeClock(NOW);
      await using database = await engine.create();
      await using store = await database.open({ clock });
      await store.records.write(batchOf({ attempts: [cell(1), cell(2, { hour: HOUR + 48 })] }));
      clock.advance(91 * 86_400_000);
      await store.records.write(batchOf({ writer: 'two' }));
      expect(await store.records.attempts(ALL)).toEqual([cell(2, { hour: HOUR + 48 })]);
    });
  },
);

test('increments of one cell are merged', () => {
  const increments = new MergedIncrements();
  expect(increments.isEmpty).toBe(true);
  for (const attempts of [[cell(1)], [cell(2), cell(3, { outcome: 'silent' })]]) increments.add({ attempts });
  expect(increments.isEmpty).toBe(false);
  expect(increments.toBatch('w', 1).attempts).toEqual([cell(3), cell(3, { outcome: 'silent' })]);
});

test('beyond 2,000 cells an hour the model is given up first, then the provider, and the outcome never', () => {
  const bound = new AttemptLabelBound();
  for (let n = 0; n < 2000; n++) bound.bounded(cell(1, { model: `m${n}` }));
  expect(bound.bounded(cell(1, { model: 'm7' })).model).toBe('m7');
  expect(bound.bounded(cell(1, { model: 'new', outcome: 'silent' }))).toEqual(
    cell(1, { model: OTHER, outcome: 'silent' }),
  );
  for (let n = 0; n < 500; n++) bound.bounded(cell(1, { model: 'new', provider: `p${n}` }));
  expect(bound.bounded(cell(1, { model: 'new', provider: 'last' }))).toEqual(
    cell(1, { model: OTHER, provider: OTHER }),
  );
  expect(bound.bounded(cell(1, { model: 'new', hour: HOUR + 1 })).model).toBe('new');
});
