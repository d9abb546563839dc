import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Batch, Store } from '../../src/store/store.ts';
import { type Batches, type BatchWrite, createBatches } from '../../src/store/write-batches.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';
import { usageRow } from '../helpers/records.ts';
import { type ScriptedRecords, scriptedRecords, type WriteEnd } from '../helpers/scripted-records.ts';

const SPEND = { owner: 'key:key_a', budget: 'month', startsAt: 0, nano: 1 };

interface Rig {
  readonly clock: FakeClock;
  readonly records: ScriptedRecords;
  readonly batches: Batches;
  readonly problems: string[];
}

function rig(persistent = true): Rig {
  const clock = fakeClock();
  const records = scriptedRecords();
  const problems: string[] = [];
  // Only `write` of the store is used.
  const store = { persistent, records: records as unknown as Store['records'] };
  const batches = createBatches({ store, clock, writer: 'w1', onProblem: (message) => problems.push(message) });
  return { clock, records, batches, problems };
}

/** Lets every promise that can settle do so. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

async function advance({ clock }: Rig, ms: number): Promise<void> {
  clock.advance(ms);
  await settled();
}

const nanoOf = (batches: readonly Batch[]): number =>
  batches.flatMap(({ spend }) => spend).reduce((sum, { nano }) => sum + nano, 0);

describe('while the store works', () => {
  test('increments are written 100 ms after the first of them, merged by cell', async () => {
    const all = rig();
    all.batches.add({ spend: [SPEND], lastUsed: [{ keyId: 'a', at: 7 }] });
    all.batches.add({
      spend: [
        { ...SPEND, nano: 4 },
        { ...SPEND, budget: 'day' },
      ],
      lastUsed: [{ keyId: 'a', at: 5 }],
    });
    await advance(all, 99);
    expect([all.records.offered, all.batches.pendingNano]).toEqual([[], 6]);
    await advance(all, 1);
    expect(all.records.written).toEqual([
      {
        writer: 'w1',
        seq: 1,
        spend: [
          { ...SPEND, nano: 5 },
          { ...SPEND, budget: 'day' },
        ],
        usage: [],
        hours: [],
        attempts: [],
        lastUsed: [{ keyId: 'a', at: 7 }],
        audit: [],
        givenBack: [],
      },
    ]);
    expect(all.batches.pendingNano).toBe(0);
  });

  test('what is given back waits until the store has it, merged by cell', async () => {
    const all = rig();
    all.records.ends = ['fails', 'succeeds'];
    all.batches.add({ givenBack: [SPEND, { ...SPEND, nano: 4 }] });
    expect([all.batches.givesBack, all.batches.pendingNano]).toEqual([true, 0]);
    await advance(all, 100);
    expect([all.batches.givesBack, all.records.written]).toEqual([true, []]);
    await advance(all, 200);
    expect([all.batches.givesBack, all.records.written.map(({ givenBack }) => givenBack)]).toEqual([
      false,
      [[{ ...SPEND, nano: 5 }]],
    ]);
  });

  test('no timer runs while nothing waits', async () => {
    const all = rig();
    all.batches.add({});
    expect(all.clock.waiting()).toBe(0);
    all.batches.add({ spend: [SPEND] });
    await advance(all, 100);
    expect(all.clock.waiting()).toBe(0);
  });

  test('what is added during a write is written 100 ms after it was added, however long the write takes', async () => {
    const all = rig();
    all.records.ends = ['hangs', 'succeeds'];
    all.batches.add({ spend: [SPEND] });
    await advance(all, 100);
    all.batches.add({ spend: [SPEND] });
    await advance(all, 60);
    all.records.goOn();
    await settled();
    expect(all.records.offered).toHaveLength(1);
    await advance(all, 40);
    expect(all.records.written.map(({ seq }) => seq)).toEqual([1, 2]);
    all.records.ends = ['hangs', 'succeeds'];
    all.batches.add({ spend: [SPEND] });
    await advance(all, 100);
    all.batches.add({ spend: [SPEND] });
    await advance(all, 500);
    all.records.goOn();
    await advance(all, 0);
    await advance(all, 0);
    expect(all.records.written.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });
});

test('a store in memory is written once a minute, and not at the end of the process', async () => {
  const all = rig(false);
  all.batches.add({ spend: [SPEND] });
  await advance(all, 59_999);
  expect(all.records.offered).toEqual([]);
  await advance(all, 1);
  expect(all.records.written).toHaveLength(1);
  all.batches.add({ spend: [SPEND] });
  await all.batches[Symbol.asyncDispose]();
  expect([all.records.offered.length, all.clock.waiting()]).toEqual([1, 0]);
});

describe('while the store fails', () => {
  test('the same batch is written again after 0.2, 0.5, 1, 2 and 5 seconds, and newer increments wait behind it', async () => {
    const all = rig();
    all.records.ends = ['fails'];
    all.batches.add({ spend: [SPEND] });
    await advance(all, 100);
    all.batches.add({ spend: [{ ...SPEND, nano: 8 }] });
    for (const [n, pause] of [200, 500, 1000, 2000, 5000, 5000, 5000].entries()) {
      await advance(all, pause - 1);
      expect(all.records.offered).toHaveLength(n + 1);
      await advance(all, 1);
      expect(all.records.offered).toHaveLength(n + 2);
    }
    expect(new Set(all.records.offered)).toHaveProperty('size', 1);
    expect(all.batches.pendingNano).toBe(9);
    all.records.ends = ['succeeds'];
    await advance(all, 5000);
    await advance(all, 0);
    expect(all.records.written.map(({ seq, spend }) => [seq, spend[0]?.nano])).toEqual([
      [1, 1],
      [2, 8],
    ]);
  });

  test('a problem is reported once, and that it is over', async () => {
    const all = rig();
    all.records.ends = ['fails', 'fails', 'succeeds', 'fails', 'succeeds'];
    all.batches.add({ spend: [SPEND] });
    await advance(all, 100);
    await advance(all, 200);
    expect(all.problems).toEqual(['store: is gone; usage and spend are kept and written later']);
    await advance(all, 500);
    expect(all.problems[1]).toMatch(/works again/);
    all.batches.add({ spend: [SPEND] });
    await advance(all, 100);
    await advance(all, 200);
    expect(all.problems).toHaveLength(4);
  });

  test('audit entries beyond 10,000 are dropped, and that is reported', async () => {
    const all = rig();
    const entry = { at: 1, action: 'x' } as Batch['audit'][number];
    all.batches.add({ audit: Array.from({ length: 10_002 }, () => entry) });
    expect(all.problems).toEqual(['store: 2 audit entries were dropped, because too many wait for it']);
    await advance(all, 100);
    expect(all.records.written[0]?.audit).toHaveLength(10_000);
  });
});

describe('a flush', () => {
  test('writes at once what waits, and nothing where nothing waits', async () => {
    const all = rig();
    await all.batches.flush(1000);
    all.batches.add({ spend: [SPEND] });
    await all.batches.flush(1000);
    expect([all.records.written.length, all.clock.waiting()]).toEqual([1, 0]);
  });

  test('waits for the write that runs and writes what waits behind it', async () => {
    const all = rig();
    all.records.ends = ['hangs', 'succeeds'];
    all.batches.add({ spend: [SPEND] });
    await advance(all, 100);
    all.batches.add({ spend: [SPEND] });
    let over = false;
    const flushed = all.batches.flush(1000).then(() => (over = true));
    await settled();
    expect(over).toBe(false);
    all.records.goOn();
    await flushed;
    expect(nanoOf(all.records.written)).toBe(2);
  });

  test('tries a broken store every 200 ms, and ends after its time', async () => {
    const all = rig();
    all.records.ends = ['fails'];
    all.batches.add({ spend: [SPEND] });
    const flushed = all.batches.flush(1000);
    await settled();
    for (let at = 0; at < 1000; at += 100) await advance(all, 100);
    await flushed;
    expect(all.records.offered.length).toBeGreaterThanOrEqual(5);
    expect(all.records.offered.length).toBeLessThanOrEqual(6);
  });

  test('is the end of a disposal, after which nothing is written', async () => {
    const all = rig();
    all.records.ends = ['fails'];
    all.batches.add({ spend: [SPEND] });
    const disposed = all.batches[Symbol.asyncDispose]();
    await settled();
    for (let at = 0; at < 5000; at += 100) await advance(all, 100);
    await disposed;
    await all.batches[Symbol.asyncDispose]();
    const { length } = all.records.offered;
    await advance(all, 60_000);
    expect([all.records.offered.length, all.clock.waiting()]).toEqual([length, 0]);
  });
});

describe('a read between writes', () => {
  test('comes with the usage that waits, of the batch that failed and of the next one', async () => {
    const all = rig();
    all.records.ends = ['fails'];
    all.batches.add({ usage: [usageRow({ model: 'm' })] });
    await advance(all, 100);
    all.batches.add({ usage: [usageRow({ model: 'n' })] });
    const { value, waiting } = await all.batches.readBetween(() => Promise.resolve('read'));
    expect([value, waiting.map(({ model }) => model)]).toEqual(['read', ['m', 'n']]);
  });

  test('waits for the write that runs, and is read again where a write begins meanwhile', async () => {
    const all = rig();
    all.records.ends = ['hangs', 'succeeds'];
    all.batches.add({ usage: [usageRow()] });
    await advance(all, 100);
    all.batches.add({ usage: [usageRow()] });
    const reads: PromiseWithResolvers<number>[] = [];
    const result = all.batches.readBetween(() => {
      reads.push(Promise.withResolvers<number>());
      return reads.at(-1)!.promise;
    });
    await settled();
    expect(reads).toHaveLength(0);
    all.records.goOn();
    await settled();
    expect(reads).toHaveLength(1);
    await advance(all, 100);
    reads[0]?.resolve(1);
    await settled();
    expect(reads).toHaveLength(2);
    reads[1]?.resolve(2);
    expect(await result).toEqual({ value: 2, waiting: [], waitingHours: [], waitingAttempts: [] });
  });
});

test('whatever fails and whenever, each increment is written exactly once', async () => {
  const end = fc.constantFrom<WriteEnd>('succeeds', 'fails', 'forgets');
  const step = fc.oneof(
    fc.record({ add: fc.nat(1000), cell: fc.nat(3) }),
    fc.record({ wait: fc.nat(3000) }),
    fc.record({ ends: fc.array(end, { minLength: 1, maxLength: 4 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const all = rig();
      let added = 0;
      for (const each of steps) {
        if ('wait' in each) await advance(all, each.wait);
        else if ('ends' in each) all.records.ends = [...each.ends];
        else {
          added += each.add;
          all.batches.add({ spend: [{ ...SPEND, budget: `b${each.cell}`, nano: each.add }] });
        }
      }
      all.records.ends = ['succeeds'];
      await Promise.all([all.batches.flush(60_000), advance(all, 1000)]);
      expect(nanoOf(all.records.written)).toBe(added);
      expect(all.batches.pendingNano).toBe(0);
      expect(all.records.written.map(({ seq }) => seq)).toEqual(all.records.written.map((_, index) => index + 1));
    }),
  );
});

test('each try to write is reported with its time and its problem', async () => {
  const all = rig();
  const writes: BatchWrite[] = [];
  all.batches.onWrite((write) => writes.push(write));
  all.records.ends = ['hangs', 'fails', 'succeeds'];
  all.batches.add({ spend: [SPEND] });
  await advance(all, 100);
  await advance(all, 30);
  all.records.goOn();
  await settled();
  expect([writes, all.batches.isWorking]).toEqual([[{ ms: 30, problem: undefined, spent: [] }], true]);
  all.batches.add({ spend: [SPEND] });
  await advance(all, 100);
  expect([writes.at(-1), all.batches.isWorking]).toEqual([{ ms: 0, problem: 'unusable', spent: [] }, false]);
  await advance(all, 1000);
  expect([writes.length, all.batches.isWorking]).toEqual([3, true]);
});

test('a write is reported with what it has added, and with the sums that the store says', async () => {
  const all = rig();
  const writes: BatchWrite[] = [];
  all.batches.onWrite((write) => writes.push(write));
  all.records.sums = [
    { ...SPEND, owner: 'key:\ufffd', nano: 9 },
    { ...SPEND, nano: 50 },
  ];
  all.batches.add({
    spend: [
      { ...SPEND, nano: 4 },
      { ...SPEND, startsAt: 7 },
      { ...SPEND, owner: 'key:\0' },
    ],
  });
  await advance(all, 100);
  expect(writes[0]?.spent).toEqual([
    { ...SPEND, nano: 4, totalNano: 50 },
    { ...SPEND, owner: 'key:\0', totalNano: 9 },
  ]);
});

test('a disposal writes what listeners of its writes add', async () => {
  const all = rig();
  all.batches.onWrite(() => {
    if (all.records.written.length === 1) all.batches.add({ spend: [SPEND] });
  });
  all.batches.add({ spend: [SPEND] });
  await all.batches[Symbol.asyncDispose]();
  expect([all.records.written.length, all.clock.waiting()]).toEqual([2, 0]);
});
