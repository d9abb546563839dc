import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/domain/key-record.ts';
import type { Batch, Store, UsageQuery, UsageRow } from '../../src/store/store.ts';
import { fakeClock } from '../helpers/clock.ts';
import { ENGINES, SHARED_ENGINES, stopServer, titleOf } from '../helpers/engines.ts';
import { auditEntry, batchOf, keyRecord, usageRow } from '../helpers/records.ts';
import { NOW } from '../helpers/store.ts';

afterAll(stopServer);

const DAY = 86_400_000;
const clock = fakeClock(NOW);
const GROUPS = ['day', 'tenant', 'keyId', 'chain', 'provider', 'model'] as const;
const SUMS = [
  'requests',
  'inputTokens',
  'cachedInputTokens',
  'outputTokens',
  'reasoningTokens',
  'costNano',
  'estimatedNano',
  'unknownCost',
] as const;

/** Rows that differ in every column, two of them in one cell. */
const USAGE: readonly UsageRow[] = [
  usageRow(),
  usageRow({ requests: 2, unknownCost: 1 }),
  usageRow({ day: 20_001 }),
  usageRow({ tenant: 'other', keyId: 'key_b' }),
  usageRow({ chain: 'fast', costNano: 5 }),
  usageRow({ provider: 'openai', model: 'gpt' }),
  usageRow({ model: 'a model\0of a client', inputTokens: 4_000_000_000 }),
];

/** The sums as a plain program makes them. */
function expectedSums(rows: readonly UsageRow[], by: UsageQuery['by']): Map<string, number[]> {
  const sums = new Map<string, number[]>();
  for (const row of rows) {
    const id = JSON.stringify(
      GROUPS.map((name) => (by.includes(name) ? storedText(row[name]) : name === 'day' ? 0 : '')),
    );
    const present = sums.get(id);
    sums.set(
      id,
      SUMS.map((name, index) => (present?.[index] ?? 0) + row[name]),
    );
  }
  return sums;
}

function storedText(value: string | number): string | number {
  return typeof value === 'string' ? value.replace('\0', '\ufffd') : value;
}

function foundSums(rows: readonly UsageRow[]): Map<string, number[]> {
  return new Map(rows.map((row) => [JSON.stringify(GROUPS.map((name) => row[name])), SUMS.map((name) => row[name])]));
}

function used(at: number): Batch['lastUsed'][number] {
  return { keyId: 'key_a', at };
}

async function spendOf(store: Store): Promise<Record<string, number>> {
  const rows = await store.records.spend(0);
  return Object.fromEntries(
    rows.map(({ owner, budget, startsAt, nano }) => [`${owner} ${budget} ${startsAt}`, nano] as const),
  );
}

describe.each(ENGINES.map((engine) => ({ ...engine, title: titleOf(engine) })))('records in $title', (engine) => {
  const it = test.skipIf(engine.missing !== undefined);

  it('an empty store has no records', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    expect(await store.records.spend(0)).toEqual([]);
    expect(await store.records.lastUsed()).toEqual(new Map());
    expect(await store.records.usage({ from: 0, to: 30_000, by: [], limit: 10 })).toEqual([]);
    expect(await store.records.audit({ limit: 10 })).toEqual([]);
  });

  it('a batch that is written twice counts once, and so does one that is late', async () => {
    await using database = await engine.create();
    await using store = await database.open({ clock });
    const row = { owner: 'key:key_a', budget: 'month', startsAt: NOW, nano: 7 };
    const batch = batchOf({
      spend: [row],
      usage: [usageRow()],
      lastUsed: [{ keyId: 'key_a', at: NOW }],
      audit: [auditEntry()],
    });
    await store.records.write(batch);
    await store.records.write(batch);
    await store.records.write({ ...batch, seq: 2 });
    await store.records.write(batch);
    await store.records.write({ ...batch, writer: 'another' });
    expect(await spendOf(store)).toEqual({ [`key:key_a month ${NOW}`]: 21 });
    expect(await store.records.usage({ from: 0, to: 30_000, by: [], limit: 1 })).toMatchObject([{ requests: 3 }]);
    expect(await store.records.audit({ limit: 10 })).toHaveLength(3);
  });

  it('a batch may hold one cell several times, and amounts of millions of dollars are exact', async () => {
    await using database = await engine.create();
    await using store = await database.open({ clock });
    const row = { owner: 'tenant:acme', budget: 'total', startsAt: 0, nano: 4_000_000_000_000_001 };
    await store.records.write(batchOf({ spend: [row, { ...row, nano: 2 }] }));
    await store.records.write(batchOf({ seq: 2, spend: [row] }));
    expect(await spendOf(store)).toEqual({ 'tenant:acme total 0': 8_000_000_000_000_004 });
  });

  it('spend is loaded of periods that began since a time, and of all time', async () => {
    await using database = await engine.create();
    await using store = await database.open({ clock });
    const row = { owner: 'key:a', budget: 'day', nano: 1 };
    await store.records.write(
      batchOf({
        spend: [
          { ...row, startsAt: NOW - DAY },
          { ...row, startsAt: NOW },
          { ...row, budget: 'total', startsAt: 0 },
        ],
      }),
    );
    const starts = (await store.records.spend(NOW)).map(({ startsAt }) => startsAt);
    expect(starts.toSorted((a, b) => a - b)).toEqual([0, NOW]);
  });

  it('the newest use of a key stays, whatever the order of the batches', async () => {
    await using database = await engine.create();
    await using store = await database.open({ clock });
    await store.records.write(batchOf({ lastUsed: [used(NOW + 1.5), used(NOW)] }));
    await store.records.write(batchOf({ seq: 2, lastUsed: [used(NOW - 1)] }));
    expect(await store.records.lastUsed()).toEqual(new Map([['key_a', NOW + 1.5]]));
  });

  it('usage is summed by every selection of columns', async () => {
    await using database = await engine.create();
    await using store = await database.open({ clock });
    await store.records.write(batchOf({ usage: USAGE }));
    const selections = Array.from({ length: 2 ** GROUPS.length }, (_, bits) =>
      GROUPS.filter((_group, index) => (bits >> index) % 2 === 1),
    );
    for (const by of selections) {
      const found = await store.records.usage({ from: 20_000, to: 20_002, by, limit: 100 });
      expect(foundSums(found)).toEqual(expectedSums(USAGE, by));
    }
  });

  it('usage can be of some days, of a tenant and of a key, the most expensive first', async () => {
    await using database = await engine.create();
    await using store = await database.open({ clock });
    await store.records.write(batchOf({ usage: USAGE }));
    const query = { from: 20_000, to: 20_002, by: [], limit: 100 } as const;
    const sum = async (members: Partial<UsageQuery>) =>
      (await store.records.usage({ ...query, ...members })).map(({ requests }) => requests);
    expect(await sum({ from: 20_001 })).toEqual([1]);
    expect(await sum({ to: 20_001 })).toEqual([7]);
    expect(await sum({ tenant: 'other' })).toEqual([1]);
    expect(await sum({ keyId: 'key_a' })).toEqual([7]);
    expect(await sum({ tenant: 'nobody' })).toEqual([]);
    const byChain = await store.records.usage({ ...query, by: ['chain'] });
    expect(byChain.map(({ chain }) => chain)).toEqual(['default', 'fast']);
    expect(await store.records.usage({ ...query, by: ['chain'], limit: 1 })).toHaveLength(1);
    const byDay = await store.records.usage({ ...query, by: ['day', 'chain'] });
    expect(byDay.map(({ day }) => day)).toEqual([20_000, 20_000, 20_001]);
  });

  it('the audit trail is read page by page, the newest first, with filters', async () => {
    await using database = await engine.create();
    await using store = await database.open({ clock });
    const entries = Array.from({ length: 25 }, (_, n) =>
      auditEntry({
        target: `key_${n % 2}`,
        actorId: `actor_${n % 3}`,
        action: n % 5 === 0 ? 'keys.revoke' : 'keys.create',
        tenant: n < 10 ? 'acme' : '',
        before: n === 0 ? { name: 'before' } : undefined,
        after: { n },
        requestId: `req_${n}`,
        remote: '203.0.113.9',
      }),
    );
    await store.records.write(batchOf({ audit: entries }));
    const pages: (readonly AuditEntry[])[] = [];
    for (let before: number | undefined; ;) {
      const page = await store.records.audit({ limit: 10, before });
      pages.push(page);
      if (page.length < 10) break;
      before = page.at(-1)?.no;
    }
    expect(pages.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(pages.flat()).toMatchObject(entries.toReversed());
    const many = async (query: Parameters<typeof store.records.audit>[0]) => (await store.records.audit(query)).length;
    expect(await many({ limit: 100, target: 'key_1' })).toBe(12);
    expect(await many({ limit: 100, actor: 'actor_0' })).toBe(9);
    expect(await many({ limit: 100, action: 'keys.revoke' })).toBe(5);
    expect(await many({ limit: 100, tenant: 'acme', target: 'key_0' })).toBe(5);
    expect(await many({ limit: 100, tenant: '' })).toBe(15);
  });

  it('old periods and writers are deleted now and then, and totals and usage stay', async () => {
    await using database = await engine.create();
    const later = fakeClock(NOW);
    await using store = await database.open({ clock: later });
    const row = { owner: 'key:a', budget: 'month', nano: 1 };
    const batch = batchOf({
      spend: [
        { ...row, startsAt: NOW },
        { ...row, budget: 'total', startsAt: 0 },
      ],
      usage: [usageRow()],
    });
    await store.records.write(batch);
    later.advance(99 * DAY);
    await store.records.write(batchOf({ writer: 'two' }));
    expect(Object.keys(await spendOf(store))).toHaveLength(2);
    later.advance(2 * DAY);
    await store.records.write(batchOf({ writer: 'two', seq: 2 }));
    expect(Object.keys(await spendOf(store))).toHaveLength(2);
    await store.records.write(batchOf({ writer: 'three' }));
    expect(await spendOf(store)).toEqual({ 'key:a total 0': 1 });
    expect(await store.records.usage({ from: 0, to: 30_000, by: [], limit: 1 })).toHaveLength(1);
    // The first writer is forgotten, so its first batch would count again.
    await store.records.write(batch);
    expect(await spendOf(store)).toMatchObject({ 'key:a total 0': 2 });
  });

  it('the use of a key that the store does not have is deleted once it is old', async () => {
    await using database = await engine.create();
    const later = fakeClock(NOW);
    await using store = await database.open({ clock: later });
    await store.directory.apply({ keys: [keyRecord('key_a')], audit: auditEntry() });
    const uses = ['key_a', 'of-the-file', 'gone'].map((keyId) => ({ keyId, at: NOW }));
    await store.records.write(batchOf({ lastUsed: uses }));
    later.advance(99 * DAY);
    await store.records.write(batchOf({ writer: 'two', lastUsed: [{ keyId: 'of-the-file', at: later.now() }] }));
    expect([...(await store.records.lastUsed()).keys()].toSorted()).toEqual(['gone', 'key_a', 'of-the-file']);
    later.advance(2 * DAY);
    await store.records.write(batchOf({ writer: 'three' }));
    expect([...(await store.records.lastUsed()).keys()].toSorted()).toEqual(['key_a', 'of-the-file']);
  });
});

describe.each(SHARED_ENGINES.map((engine) => ({ ...engine, title: titleOf(engine) })))('$title', (engine) => {
  const it = test.skipIf(engine.missing !== undefined);

  it('increments of two writers add up, whatever they repeat', async () => {
    await using database = await engine.create();
    await using one = await database.open({ clock });
    await using two = await database.open({ clock });
    const stores = [one, two];
    let runs = 0;
    const cell = fc.record({
      owner: fc.constantFrom('key:a', 'key:b', 'tenant:t'),
      budget: fc.constantFrom('day', 'month'),
      startsAt: fc.constantFrom(0, NOW),
      nano: fc.integer({ min: -1000, max: 1_000_000_000 }),
    });
    const step = fc.record({ spend: fc.array(cell, { maxLength: 6 }), times: fc.integer({ min: 1, max: 3 }) });
    const batches = fc.array(step, { maxLength: 8 });
    const total: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(batches, batches, async (...all) => {
        runs++;
        await Promise.all(
          all.map(async (steps, index) => {
            for (const [n, { spend, times }] of steps.entries()) {
              const batch: Batch = batchOf({ writer: `${runs}/${index}`, seq: n + 1, spend });
              for (const { owner, budget, startsAt, nano } of spend) {
                const id = `${owner} ${budget} ${startsAt}`;
                total[id] = (total[id] ?? 0) + nano;
              }
              // At the same time, as where a lost answer makes a process repeat a batch that still runs.
              await Promise.all(Array.from({ length: times }, async () => stores[index]?.records.write(batch)));
            }
          }),
        );
        expect(await spendOf(one)).toEqual(total);
      }),
      { numRuns: 20 },
    );
  });

  it('two writers of the same cells in opposite orders do not stop one another', async () => {
    await using database = await engine.create();
    await using one = await database.open({ clock });
    await using two = await database.open({ clock });
    const spend = Array.from({ length: 2000 }, (_, n) => ({
      owner: `key:${n}`,
      budget: 'day',
      startsAt: NOW,
      nano: 1,
    }));
    const usage = spend.map(({ owner }) => usageRow({ keyId: owner }));
    for (let seq = 1; seq <= 5; seq++)
      await Promise.all([
        one.records.write(batchOf({ writer: 'one', seq, spend, usage })),
        two.records.write(batchOf({ writer: 'two', seq, spend: spend.toReversed(), usage: usage.toReversed() })),
      ]);
    expect(new Set((await one.records.spend(0)).map(({ nano }) => nano))).toEqual(new Set([10]));
  });
});
