import { afterAll, describe, expect, test } from 'vitest';
import type { KeyRecord } from '../../src/domain/key-record.ts';
import type { ConflictError, DirectoryChange, Store } from '../../src/store/store.ts';
import { ENGINES, SHARED_ENGINES, stopServer, titleOf } from '../helpers/engines.ts';
import { auditEntry, keyRecord, tenantRecord } from '../helpers/records.ts';

afterAll(stopServer);

const FULL: KeyRecord = keyRecord('key_full', {
  name: 'ünïcode "quoted" \\ name',
  role: 'admin',
  chains: ['default', 'fast'],
  models: ['groq/*'],
  operations: ['chat.completions'],
  expiresAt: 1_900_000_000_000,
  limits: { requestsPerMinute: 60, concurrency: 8 },
  budgets: [
    {
      amountNano: 9_000_000_000_000_001,
      period: 'month',
      timeZone: 'Europe/Berlin',
      soft: 0.8,
      models: undefined,
      onUnknownPrice: 'skip',
      onOverrun: 'finish',
    },
  ],
  note: 'a note\nof two lines',
  metadata: { team: 'search' },
  secrets: [
    { digest: 'old', prefix: 'sp_aaaa', suffix: 'bbbb', createdAt: 1, endsAt: 2 },
    { digest: 'new', prefix: 'sp_cccc', suffix: 'dddd', createdAt: 3, endsAt: undefined },
  ],
});

/** Applies a change with an audit row of its own. */
function apply(store: Store, change: Omit<DirectoryChange, 'audit'>): Promise<number> {
  return store.directory.apply({ ...change, audit: auditEntry() });
}

function conflictOf(applied: Promise<number>): Promise<ConflictError['conflict'] | undefined> {
  return applied.then(
    () => undefined,
    (error: ConflictError) => (error.name === 'ConflictError' ? error.conflict : Promise.reject(error)),
  );
}

/** Ids, sorted, because engines sort texts differently. */
function idsOf(keys: readonly KeyRecord[]): string[] {
  return keys.map(({ id }) => id).toSorted();
}

function named(id: string, members: Partial<KeyRecord> = {}): KeyRecord {
  return keyRecord(id, { name: 'ci', ...members });
}

describe.each(ENGINES.map((engine) => ({ ...engine, title: titleOf(engine) })))('keys in $title', (engine) => {
  const it = test.skipIf(engine.missing !== undefined);

  it('an empty store has no keys, and change number 0', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    expect(await store.directory.load()).toEqual({ seq: 0, keys: [], tenants: [], sessions: [] });
    expect(await store.directory.changesAfter(0)).toEqual({
      seq: 0,
      keys: [],
      tenants: [],
      sessions: [],
      removedTenants: [],
    });
  });

  it('keys and tenants are loaded as they were written, with every member', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    const tenant = tenantRecord('acme', { limits: { tokensPerDay: 5 }, defaults: { keyBudget: FULL.budgets?.[0] } });
    expect(await apply(store, { keys: [FULL, keyRecord('key_plain')], tenants: [tenant] })).toBe(1);
    const loaded = await store.directory.load();
    expect({ ...loaded, keys: loaded.keys.toSorted((a, b) => a.id.localeCompare(b.id)) }).toEqual({
      seq: 1,
      keys: [FULL, keyRecord('key_plain')],
      tenants: [tenant],
      sessions: [],
    });
  });

  it('changes after a number are the newest versions, each once', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    await apply(store, { keys: [keyRecord('key_a'), keyRecord('key_b')], tenants: [tenantRecord('acme')] });
    await apply(store, { keys: [keyRecord('key_a', { version: 2 })] });
    await apply(store, {
      keys: [keyRecord('key_a', { version: 3, note: 'newest' })],
      tenants: [tenantRecord('other')],
    });
    await apply(store, { removedTenants: ['other'] });
    expect(await store.directory.changesAfter(1)).toEqual({
      seq: 4,
      keys: [keyRecord('key_a', { version: 3, note: 'newest' })],
      tenants: [],
      sessions: [],
      removedTenants: ['other'],
    });
    expect(await store.directory.changesAfter(4)).toEqual({
      seq: 4,
      keys: [],
      tenants: [],
      sessions: [],
      removedTenants: [],
    });
    expect(idsOf((await store.directory.changesAfter(0)).keys)).toEqual(['key_a', 'key_b']);
  });

  it('a version that does not follow the stored one is a conflict', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    await apply(store, { keys: [keyRecord('key_a')], tenants: [tenantRecord('acme')] });
    const wrong: Omit<DirectoryChange, 'audit'>[] = [
      { keys: [keyRecord('key_a')] },
      { keys: [keyRecord('key_a', { version: 3 })] },
      { keys: [keyRecord('key_new', { version: 2 })] },
      { tenants: [tenantRecord('acme', { version: 3 })] },
      { tenants: [tenantRecord('new', { version: 2 })] },
      { removedTenants: ['unknown'] },
    ];
    for (const change of wrong) expect(await conflictOf(apply(store, change))).toBe('version');
  });

  it('a name is unique among the keys of a tenant that are not revoked, and a tenant’s among tenants', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    await apply(store, { keys: [named('key_a')], tenants: [tenantRecord('acme')] });
    expect(await conflictOf(apply(store, { keys: [named('key_b')] }))).toBe('name');
    expect(
      await conflictOf(apply(store, { keys: [named('key_b', { name: 'x' }), named('key_c', { name: 'x' })] })),
    ).toBe('name');
    expect(await conflictOf(apply(store, { tenants: [tenantRecord('acme')] }))).toBe('name');
    await apply(store, { keys: [named('key_b', { tenant: 'other' }), named('key_c', { revokedAt: 5 })] });
    await apply(store, { keys: [named('key_a', { version: 2, revokedAt: 6 }), named('key_d')] });
    expect(await conflictOf(apply(store, { keys: [named('key_a', { version: 3 })] }))).toBe('name');
  });

  it('two keys can swap their names, and a secret belongs to one key', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    await apply(store, { keys: [keyRecord('key_a', { name: 'x' }), keyRecord('key_b', { name: 'y' })] });
    await apply(store, {
      keys: [keyRecord('key_a', { name: 'y', version: 2 }), keyRecord('key_b', { name: 'x', version: 2 })],
    });
    const { secrets } = keyRecord('key_a');
    expect(await conflictOf(apply(store, { keys: [keyRecord('key_c', { secrets })] }))).toBe('name');
    // A secret that its key no longer has can be another's.
    await apply(store, { keys: [keyRecord('key_a', { version: 3, secrets: [] }), keyRecord('key_c', { secrets })] });
  });

  it('a tenant is removed once all its keys are revoked', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    await apply(store, { keys: [keyRecord('key_a')], tenants: [tenantRecord('acme')] });
    expect(await conflictOf(apply(store, { removedTenants: ['acme'] }))).toBe('in_use');
    await apply(store, { keys: [keyRecord('key_a', { version: 2, revokedAt: 5 })], removedTenants: ['acme'] });
    expect((await store.directory.load()).tenants).toEqual([]);
    await apply(store, { tenants: [tenantRecord('acme')] });
    expect((await store.directory.changesAfter(1)).removedTenants).toEqual([]);
  });

  it('a key of a tenant that must be stored, and is not, is refused', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    const change = { keys: [keyRecord('key_a')], requiredTenants: ['acme'] };
    expect(await conflictOf(apply(store, change))).toBe('tenant');
    expect((await store.directory.load()).keys).toEqual([]);
    await apply(store, { ...change, tenants: [tenantRecord('acme')] });
    expect(await conflictOf(apply(store, { requiredTenants: ['acme'], removedTenants: ['acme'] }))).toBe('in_use');
  });

  it('a change is written with its audit row, or neither is', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    await apply(store, { keys: [keyRecord('key_a')] });
    const partly = { keys: [keyRecord('key_b')], tenants: [tenantRecord('acme')], removedTenants: ['unknown'] };
    expect(await conflictOf(apply(store, partly))).toBe('version');
    const { seq, keys, tenants } = await store.directory.load();
    expect([seq, idsOf(keys), tenants]).toEqual([1, ['key_a'], []]);
    expect(await store.records.audit({ limit: 10 })).toHaveLength(1);
  });

  it('100,000 keys are loaded soon, and every one of them', { timeout: 120_000 }, async () => {
    await using database = await engine.create();
    await using store = await database.open();
    const keys = Array.from({ length: 100_000 }, (_, n) => keyRecord(`key_${n}`));
    await apply(store, { keys: keys.slice(0, 1) });
    if (engine.shared) await database.execute(COPIES[engine.name] ?? '');
    else await apply(store, { keys: keys.slice(1) });
    const begun = performance.now();
    const loaded = await store.directory.load();
    const duration = performance.now() - begun;
    expect(new Set(loaded.keys.map(({ id }) => id)).size).toBe(100_000);
    // It takes less than 2 seconds where nothing else runs.
    expect(duration).toBeLessThan(4000);
  });
});

/** Statements that copy the first key 99,999 times. */
const COPIES: Readonly<Record<string, string>> = {
  'an SQLite file': `with recursive n(i) as (select 1 union all select i + 1 from n where i < 99999) insert into api_key
    select 'key_' || i, tenant, 'name ' || i, null, 1, replace(record, 'key_0', 'key_' || i) from n, api_key`,
  PostgreSQL: `insert into api_key select 'key_' || i, tenant, 'name ' || i, null, 1, replace(record, 'key_0', 'key_' || i)
    from generate_series(1, 99999) as i, api_key`,
};

describe.each(SHARED_ENGINES.map((engine) => ({ ...engine, title: titleOf(engine) })))('$title', (engine) => {
  const it = test.skipIf(engine.missing !== undefined);

  it('no change of several writers is missed by a reader that asks again and again', async () => {
    await using database = await engine.create();
    await using one = await database.open();
    await using two = await database.open();
    await using reader = await database.open();
    const seen = new Set<string>();
    const written = new AbortController();
    let seq = 0;
    async function read(): Promise<void> {
      const changes = await reader.directory.changesAfter(seq);
      seq = changes.seq;
      for (const { id } of changes.keys) seen.add(id);
    }
    async function readAll(): Promise<void> {
      while (!written.signal.aborted) await read();
      await read();
    }
    const reading = readAll();
    const numbers = await Promise.all(
      [one, two].flatMap((store, writer) =>
        Array.from({ length: 25 }, (_, n) => apply(store, { keys: [keyRecord(`key_${writer}_${n}`)] })),
      ),
    );
    written.abort();
    await reading;
    expect(seen.size).toBe(50);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  });

  it('of two writers of one version, or of one name, one has a conflict', async () => {
    await using database = await engine.create();
    await using one = await database.open();
    await using two = await database.open();
    await apply(one, { keys: [keyRecord('key_a')] });
    const changed = [one, two].map((store) => conflictOf(apply(store, { keys: [keyRecord('key_a', { version: 2 })] })));
    expect(new Set(await Promise.all(changed))).toEqual(new Set(['version', undefined]));
    const called = [one, two].map((store, n) =>
      conflictOf(apply(store, { keys: [keyRecord(`key_${n}`, { name: 'x' })] })),
    );
    expect(new Set(await Promise.all(called))).toEqual(new Set(['name', undefined]));
  });

  it('of a writer that removes a tenant, and one that makes a key of it, one has a conflict', async () => {
    await using database = await engine.create();
    await using one = await database.open();
    await using two = await database.open();
    for (let n = 0; n < 10; n++) {
      const name = `acme${n}`;
      await apply(one, { tenants: [tenantRecord(name)] });
      const made = { keys: [keyRecord(`key_${n}`, { tenant: name })], requiredTenants: [name] };
      const conflicts = await Promise.all(
        [apply(one, { removedTenants: [name] }), apply(two, made)].map((applied) => conflictOf(applied)),
      );
      expect([
        [undefined, 'tenant'],
        ['in_use', undefined],
      ]).toContainEqual(conflicts);
    }
    const { keys, tenants } = await one.directory.load();
    expect(keys.map(({ tenant }) => tenant).toSorted()).toEqual(tenants.map(({ name }) => name).toSorted());
  });

  it('a database that was replaced by an older one is reported, and loses no key silently', async () => {
    await using database = await engine.create();
    await using store = await database.open();
    await apply(store, { keys: [keyRecord('key_a')] });
    await apply(store, { keys: [keyRecord('key_a', { version: 2 })] });
    await database.execute('delete from change; delete from api_key');
    await expect(store.directory.changesAfter(2)).rejects.toThrow(/lacks changes that this process has read/);
  });
});
