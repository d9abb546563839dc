import { expect, test } from 'vitest';
import type { Lasting } from '../../src/state/limit-state.ts';
import { openHostedStore, type HostedConnection } from '../../src/store/hosted-store.ts';
import type { Batch, SpendLeaseRequest, SpendRow } from '../../src/store/store.ts';
import { ConflictError } from '../../src/store/store.ts';
import { auditEntry, keyRecord } from '../helpers/records.ts';
import { temporaryFolder } from '../helpers/store.ts';

const { signal } = new AbortController();
const PERIOD = { owner: 'key:app', budget: 'month', startsAt: 1_000_000 };
const LEASE: SpendLeaseRequest = { ...PERIOD, periodMs: 2_592_000_000, amountNano: 1000, wantedNano: 100 };

function batch(writer: string, seq: number, more: Partial<Batch>): { readonly batch: Batch; readonly now: number } {
  const nothing = { spend: [], usage: [], hours: [], attempts: [], lastUsed: [], audit: [], givenBack: [] };
  return { batch: { ...nothing, writer, seq, ...more }, now: 0 };
}
const spend = (nano: number): { readonly spend: readonly SpendRow[] } => ({ spend: [{ ...PERIOD, nano }] });
const lease = async ({ run }: HostedConnection, process: string, wantedNano: number): Promise<number> =>
  (await run('leaseSpend', { ...LEASE, wantedNano, process })).grantedNano;
const USER = { flush: () => Promise.resolve(), onDirectoryChange: () => undefined };
const limits = (used: number): Lasting => ({
  cooldowns: [],
  windows: [{ key: 'k', window: 'requestsPerDay', used, until: 9e12, limit: undefined }],
});

test('processes lease from what is left of a budget, and never the same twice', async () => {
  using folder = temporaryFolder();
  await using store = await openHostedStore(`sqlite:${folder.file}`, { signal });
  const [one, other] = [1, 2].map((place) => store.connect({ place, ...USER }));
  expect([await lease(one!, 'a', 600), await lease(other!, 'b', 600), await lease(one!, 'a', 100)]).toEqual([
    600, 400, 0,
  ]);
  // What is spent leaves the lease with its write.
  expect(await one!.run('writeBatch', batch('a', 1, spend(500)))).toEqual([{ ...PERIOD, nano: 500 }]);
  expect(await other!.run('writeBatch', batch('b', 1, spend(50)))).toEqual([{ ...PERIOD, nano: 550 }]);
  // A batch that is written again counts once.
  expect(await other!.run('writeBatch', batch('b', 1, spend(50)))).toEqual([{ ...PERIOD, nano: 550 }]);
  expect(await lease(other!, 'b', 100)).toBe(0);
  await one!.run('writeBatch', batch('a', 2, { givenBack: [{ ...PERIOD, nano: 60 }] }));
  expect(await lease(other!, 'b', 100)).toBe(60);
  expect(await one!.run('renewLeases', 'a')).toEqual([]);
  await one!.run('endLeases', 'a');
  expect(await lease(other!, 'b', 100)).toBe(40);
});

test('the end of a process gives what it has leased to the others at once, and what it has spent stays spent', async () => {
  using folder = temporaryFolder();
  {
    await using store = await openHostedStore(`sqlite:${folder.file}`, { signal });
    const [one, other] = [1, 2].map((place) => store.connect({ place, ...USER }));
    expect(await lease(one!, 'a', 1000)).toBe(1000);
    await one!.run('writeBatch', batch('a', 1, spend(300)));
    expect(await lease(other!, 'b', 100)).toBe(0);
    one![Symbol.dispose]();
    expect(await lease(other!, 'b', 1000)).toBe(700);
  }
  // Also over a restart of all.
  await using store = await openHostedStore(`sqlite:${folder.file}`, { signal });
  expect(await lease(store.connect({ place: 1, ...USER }), 'c', 1000)).toBe(700);
});

test('another time zone moves a period, and keeps what is spent of it; the next period begins with nothing', async () => {
  await using store = await openHostedStore('memory:', { signal });
  const one = store.connect({ place: 1, ...USER });
  await one.run('writeBatch', batch('a', 1, spend(300)));
  const at = async (startsAt: number): Promise<number> =>
    (await one.run('leaseSpend', { ...LEASE, startsAt, wantedNano: 1000, process: 'a' })).grantedNano;
  expect(await at(PERIOD.startsAt + 3_600_000)).toBe(700);
  expect(await at(PERIOD.startsAt + LEASE.periodMs)).toBe(1000);
});

test('a change of keys is reported to all other processes, and not where it was refused', async () => {
  using folder = temporaryFolder();
  await using store = await openHostedStore(`sqlite:${folder.file}`, { signal });
  const seen: number[] = [];
  const [one, , gone] = [1, 2, 3].map((place) =>
    store.connect({ place, ...USER, onDirectoryChange: () => seen.push(place) }),
  );
  gone![Symbol.dispose]();
  const change = { keys: [keyRecord('key_a', { tenant: '' })], audit: auditEntry() };
  await one!.run('applyChange', change);
  expect(seen).toEqual([2]);
  await expect(one!.run('applyChange', change)).rejects.toBeInstanceOf(ConflictError);
  expect(seen).toEqual([2]);
});

test('the limits of all processes are loaded and saved by the process of the store', async () => {
  using folder = temporaryFolder();
  const EMPTY = { cooldowns: [], windows: [] };
  {
    await using store = await openHostedStore(`sqlite:${folder.file}`, { signal });
    expect(await store.limits.load(1)).toEqual(EMPTY);
    await store.limits.save({ before: EMPTY, after: limits(5), now: 1 });
    await store.limits.save({ before: limits(5), after: limits(8), now: 1 });
  }
  await using store = await openHostedStore(`sqlite:${folder.file}`, { signal });
  expect(await store.limits.load(1)).toEqual(limits(8));
});

test('a process that takes the place of another one has its number in the ids of the request log', async () => {
  using folder = temporaryFolder();
  await using store = await openHostedStore(`sqlite:${folder.file}`, { signal });
  const numberAt = async (place: number): Promise<number> => {
    using connection = store.connect({ place, ...USER });
    return (await connection.run('openLog', { process: `process ${Math.random()}`, now: Date.now() })).replica;
  };
  expect([await numberAt(1), await numberAt(2), await numberAt(1), await numberAt(2)]).toEqual([0, 1, 0, 1]);
});

test('before a process reads what is in memory, the others write what waits with them', async () => {
  using folder = temporaryFolder();
  for (const [url, flushed] of [
    ['memory:', [2, 3]],
    [`sqlite:${folder.file}`, []],
  ] as const) {
    await using store = await openHostedStore(url, { signal });
    const seen: number[] = [];
    const [one] = [1, 2, 3].map((place) => store.connect({ ...USER, place, flush: async () => void seen.push(place) }));
    await one!.run('lastUses', undefined);
    expect(seen).toEqual([]);
    await one!.run('usageSums', { from: 0, to: 1, by: [], limit: 1 });
    expect(seen).toEqual(flushed);
  }
});
