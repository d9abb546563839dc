import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { migrateStore, openStore } from '../../src/store/open-store.ts';
import { migrate, MIGRATIONS } from '../../src/store/migrations.ts';
import { toServerError } from '../../src/store/postgres-error.ts';
import type { OpenStoreOptions, Store } from '../../src/store/store.ts';
import type { StoreError } from '../../src/store/store-error.ts';
import { fakeClock } from '../helpers/clock.ts';
import { closing, listenOnLoopback, reservePort } from '../helpers/listen.ts';
import { POSTGRES, PostgresServer } from '../helpers/postgres.ts';
import { runProgram } from '../helpers/program.ts';
import { auditEntry, batchOf, keyRecord } from '../helpers/records.ts';
import { LASTING, NOTHING, NOW } from '../helpers/store.ts';

const it = test.skipIf(POSTGRES === undefined);

function open(url: `postgres://${string}`, options: Partial<OpenStoreOptions> = {}): Promise<Store> {
  return openStore(url, { clock: systemClock, signal: new AbortController().signal, ...options });
}

/** The failure of a call, and how long it took, in milliseconds. */
async function failureOf(call: Promise<unknown>): Promise<{ readonly error: StoreError; readonly duration: number }> {
  const begun = performance.now();
  const error = await call.then(
    () => new Error('It succeeded.'),
    (failure: unknown) => failure,
  );
  expect(error).toMatchObject({ name: 'StoreError' });
  return { error: error as StoreError, duration: performance.now() - begun };
}

/** Stops what arrives on the sockets from being passed on. */
function silence(...sockets: Socket[]): void {
  for (const socket of sockets) socket.unpipe().pause();
}

interface ProxyOptions {
  readonly fatal?: string;
  /** What a client gets in place of what the server has sent. */
  readonly translate?: (data: Buffer) => Buffer;
}

/** Translates the severity of errors, as a Czech server does. The one that is not translated follows it. */
function toCzech(data: Buffer): Buffer {
  return Buffer.from(data.toString('latin1').replaceAll('SERROR\0VERROR', 'SCHYBA\0VERROR'), 'latin1');
}

/**
 * A proxy in front of the server. After `silence` it passes nothing more on its connections, and keeps them open. So it does by itself with each
 * connection whose client sends a message with `fatal`.
 */
async function startProxy(to: number, { fatal, translate = (data) => data }: ProxyOptions = {}) {
  const sockets = new Set<Socket>();
  let messages = 0;
  const proxy = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    client.on('data', (data) => {
      messages++;
      if (fatal !== undefined && data.includes(fatal)) silence(client, upstream);
    });
    const answers = new Transform({ transform: (data: Buffer, _encoding, done) => done(null, translate(data)) });
    client.pipe(upstream).pipe(answers).pipe(client);
  });
  const port = await listenOnLoopback(proxy);
  return {
    port,
    silence: () => silence(...sockets),
    /** How many connections were made. */
    connections: () => sockets.size / 2,
    /** How often clients have sent something. */
    messages: () => messages,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => proxy.close(closed));
    },
  };
}

const key = (id: string) => ({ keys: [keyRecord(id)], audit: auditEntry() });
const spend = (seq: number) => batchOf({ seq, spend: [{ owner: 'key:a', budget: 'total', startsAt: 0, nano: 5 }] });

/** Applies the migrations whose names are before `end` to an empty database. */
async function migrateBefore(url: string, end: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: url });
  const migrations = Object.entries(MIGRATIONS).filter(([name]) => name < end);
  await migrate(new Kysely({ dialect: new PostgresDialect({ pool }) }), Object.fromEntries(migrations));
  await pool.end();
}

describe(POSTGRES === undefined ? 'skipped: postgres not found' : 'a store in PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    if (POSTGRES !== undefined) server = await PostgresServer.start();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  it('limits are loaded as they were saved, and counts of two processes add up', async () => {
    const url = server.url(await server.createDatabase());
    await using one = await open(url);
    await using two = await open(url);
    await one.limits.save({ after: LASTING, now: NOW });
    expect(await two.limits.load(NOW)).toEqual(LASTING);
    const windows = LASTING.windows.map((row) => ({ ...row, used: row.used + 2 }));
    await two.limits.save({ before: LASTING, after: { ...LASTING, windows: windows.slice(1) }, now: NOW });
    await one.limits.save({ before: LASTING, after: { ...LASTING, windows }, now: NOW });
    const found = await two.limits.load(NOW);
    expect(found.windows.map(({ used }) => used)).toEqual([19, 1238.5]);
    await two.limits.save({ before: found, after: NOTHING, now: NOW });
    expect(await one.limits.load(NOW)).toEqual(NOTHING);
  });

  it('a change wakes the watchers of other processes, and of no other database', async () => {
    const url = server.url(await server.createDatabase());
    await using one = await open(url);
    await using two = await open(url);
    await using other = await open(server.url(await server.createDatabase()));
    const calls = { two: vi.fn(), other: vi.fn() };
    using _two = two.directory.watch(calls.two);
    using _other = other.directory.watch(calls.other);
    // The first call says that the connection is made.
    await vi.waitFor(() => expect([calls.two.mock.calls.length, calls.other.mock.calls.length]).toEqual([1, 1]));
    await one.directory.apply(key('key_a'));
    await vi.waitFor(() => expect(calls.two).toHaveBeenCalledTimes(2));
    await one.records.write(spend(1));
    await one.directory.apply(key('key_b'));
    await vi.waitFor(() => expect(calls.two).toHaveBeenCalledTimes(3));
    expect(calls.other).toHaveBeenCalledTimes(1);
  });

  it('a watcher is called again after its connection was lost, and not after it was disposed', async () => {
    const database = await server.createDatabase();
    await using store = await open(server.url(database));
    const called = vi.fn();
    const watching = store.directory.watch(called);
    await vi.waitFor(() => expect(called).toHaveBeenCalledTimes(1));
    await server.query(database, "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %'");
    await vi.waitFor(() => expect(called).toHaveBeenCalledTimes(2), 5000);
    await store.directory.apply(key('key_a'));
    await vi.waitFor(() => expect(called).toHaveBeenCalledTimes(3));
    watching[Symbol.dispose]();
    await vi.waitFor(async () => {
      const listening = "select 1 from pg_stat_activity where query like 'listen %' and datname = current_database()";
      expect(await server.query(database, listening)).toEqual([]);
    });
  });

  it('a process that has nothing else to do does not stay to watch', { timeout: 60_000 }, async () => {
    const url = server.url(await server.createDatabase());
    const sources = new URL('../../src/', import.meta.url).href;
    const program = `
      import { systemClock } from '${sources}lib/clock.ts';
      import { openStore } from '${sources}store/open-store.ts';
      const store = await openStore('${url}', { clock: systemClock, signal: new AbortController().signal });
      store.directory.watch(() => console.log('connected'));`;
    const args = ['--input-type=module', '--eval', program];
    const { status, stdout } = await runProgram({ args, cwd: process.cwd(), env: {}, timeout: 20_000 });
    expect([status, stdout]).toEqual([0, 'connected\n']);
  });

  it('processes that start at once on an empty database all serve', async () => {
    const url = server.url(await server.createDatabase());
    const stores = await Promise.all(Array.from({ length: 5 }, () => open(url)));
    await Promise.all(stores.map((store, n) => store.directory.apply(key(`key_${n}`))));
    for (const store of stores) expect((await store.directory.load()).keys).toHaveLength(5);
    await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
  });

  it('a database of the last release is migrated, and keeps its rows', async () => {
    const database = await server.createDatabase();
    await migrateBefore(server.url(database), '0002');
    await server.query(database, `insert into limit_cooldown values ('aaaa', 'exhausted', ${NOW + 1}, 1)`);
    expect(await migrateStore(server.url(database), 'report')).toEqual(Object.keys(MIGRATIONS).slice(1));
    const { error } = await failureOf(open(server.url(database), { migrate: false }));
    expect([error.problem, error.message]).toEqual([
      'outdated',
      expect.stringMatching(`${Object.keys(MIGRATIONS).slice(1).join(', ')}; run spillway migrate`),
    ]);
    await using store = await open(server.url(database));
    expect((await store.limits.load(NOW)).cooldowns).toHaveLength(1);
    expect((await store.directory.load()).keys).toEqual([]);
    expect(await migrateStore(server.url(database), 'report')).toEqual([]);
  });

  it('a migration that fails is named, leaves nothing behind, and stops the start', async () => {
    const database = await server.createDatabase();
    await server.query(database, 'create table audit (id integer)');
    const { error } = await failureOf(open(server.url(database)));
    expect(error.message).toMatch(/migration 0002_keys failed: relation "audit" already exists/);
    const rows = await server.query(
      database,
      "select name from spillway_migration union select 'api_key' from pg_tables where tablename = 'api_key'",
    );
    expect(rows).toEqual([{ name: '0001_limits' }]);
  });

  // These wait for timeouts of seconds, each on a database of its own, so they wait together.
  it.concurrent('a migration that waits for a lock too long is named, and the next start applies it', async () => {
    const database = await server.createDatabase();
    await migrateBefore(server.url(database), '0003');
    const other = new pg.Client(server.url(database));
    await other.connect();
    try {
      await other.query('begin; lock table spend_lease in access share mode');
      const { error, duration } = await failureOf(open(server.url(database)));
      expect([error.problem, duration < 10_000]).toEqual(['locked', true]);
      expect(error.message).toMatch(/locked by another process \(migration 0003_suspect_leases failed: .*lock timeout/);
    } finally {
      await other.end();
    }
    await using store = await open(server.url(database));
    await store.records.write(spend(1));
  });

  it.concurrent(
    'a transaction that waits for a lock too long is rejected, and writes nothing',
    { timeout: 60_000 },
    async () => {
      const database = await server.createDatabase();
      await using store = await open(server.url(database));
      await store.records.write(spend(1));
      const locked = server.query(database, 'begin; lock table spend; select pg_sleep(5); rollback');
      await vi.waitFor(async () =>
        expect(
          await server.query(
            database,
            "select 1 from pg_locks where mode = 'AccessExclusiveLock' and relation = 'spend'::regclass",
          ),
        ).toHaveLength(1),
      );
      const { error } = await failureOf(store.records.write(spend(2)));
      expect(error.message).toMatch(/does not answer \(canceling statement due to statement timeout/);
      await locked;
      await store.records.write(spend(2));
      expect((await store.records.spend(0)).map(({ nano }) => nano)).toEqual([10]);
    },
  );

  it.concurrent(
    'a connection that was cut without a word is given up, and others are made',
    { timeout: 60_000 },
    async () => {
      const database = await server.createDatabase();
      await using proxy = await startProxy(server.port);
      const url = server.url(database).replace(`:${server.port}/`, `:${proxy.port}/`) as `postgres://${string}`;
      await using store = await open(url);
      await store.records.write(spend(1));
      proxy.silence();
      const { error } = await failureOf(store.records.spend(0));
      expect([error.problem, error.message]).toEqual(['unreachable', expect.stringContaining(`:${proxy.port}/`)]);
      expect((await store.records.spend(0)).map(({ nano }) => nano)).toEqual([5]);
    },
  );

  it.concurrent(
    'a server that hangs while the migrations are read does not hold the start',
    { timeout: 60_000 },
    async () => {
      const database = await server.createDatabase();
      await using proxy = await startProxy(server.port, { fatal: 'to_regclass' });
      const url = server.url(database).replace(`:${server.port}/`, `:${proxy.port}/`) as `postgres://${string}`;
      await using store = await open(url);
      const { error, duration } = await failureOf(store.directory.load());
      expect([error.problem, duration < 10_000]).toEqual(['unreachable', true]);
    },
  );

  it('a database of a newer version is refused and not changed', async () => {
    const database = await server.createDatabase();
    await (await open(server.url(database)))[Symbol.asyncDispose]();
    await server.query(database, "insert into spillway_migration values ('9999_later', '2030-01-01T00:00:00.000Z')");
    const { error } = await failureOf(open(server.url(database)));
    expect([error.problem, error.message]).toEqual(['newer', expect.stringContaining(database)]);
  });

  it.each<[string, () => string, StoreError['problem'], RegExp]>([
    ['a database that does not exist', () => server.url('nowhere'), 'no_database', /the database does not exist/],
    ['a wrong password', () => server.url('postgres', 'a-wrong-password'), 'forbidden', /access is denied/],
    [
      'a certificate that is not a file',
      () => `${server.url('postgres')}?sslmode=verify-ca&sslrootcert=/nowhere.pem`,
      'unusable',
      /nowhere\.pem/,
    ],
    ['TLS where the server has none', () => `${server.url('postgres')}?sslmode=require`, 'unusable', /not support SSL/],
  ])('%s stops the start with one line without the password', async (_title, url, problem, message) => {
    const { error } = await failureOf(open(url() as `postgres://${string}`));
    expect([error.problem, error.message]).toEqual([problem, expect.stringMatching(message)]);
    expect(error.message).toMatch(/^store 'postgres:\/\/127\.0\.0\.1:\d+\/\w+': [^\n]+$/);
    expect(error.message).not.toMatch(/password=|not-to-be|a-wrong|spillway:/);
  });

  it('a stopped server rejects calls, and the same store goes on once it is back', { timeout: 60_000 }, async () => {
    const database = await server.createDatabase();
    await using store = await open(server.url(database));
    await store.records.write(spend(1));
    await server.stop();
    for (const call of [store.records.write(spend(2)), store.directory.load(), store.directory.apply(key('key_a'))]) {
      const { error, duration } = await failureOf(call);
      expect([error.problem, duration < 10_000]).toEqual(['unreachable', true]);
    }
    await server.start();
    await store.records.write(spend(2));
    await store.directory.apply(key('key_a'));
    expect((await store.records.spend(0)).map(({ nano }) => nano)).toEqual([10]);
  });

  it('a server that hangs rejects calls within seconds, and counts each batch once', { timeout: 60_000 }, async () => {
    const database = await server.createDatabase();
    await using store = await open(server.url(database));
    const closed = await open(server.url(database));
    await store.records.write(spend(1));
    await closed.records.write(spend(2));
    server.signal('SIGSTOP');
    try {
      const calls = [store.records.write(spend(2)), store.directory.apply(key('key_a')), store.directory.load()];
      for (const { error, duration } of await Promise.all(calls.map(failureOf))) {
        expect(error.problem).toBe('unreachable');
        expect(duration).toBeLessThan(10_000);
      }
      const begun = performance.now();
      await closed[Symbol.asyncDispose]();
      expect(performance.now() - begun).toBeLessThan(5000);
    } finally {
      server.signal('SIGCONT');
    }
    await store.records.write(spend(2));
    await store.records.write(spend(3));
    expect((await store.records.spend(0)).map(({ nano }) => nano)).toEqual([15]);
    expect((await store.directory.load()).keys.length).toBeLessThanOrEqual(1);
    const open_ = "select 1 from pg_stat_activity where state like 'idle in transaction%'";
    await vi.waitFor(async () => expect(await server.query(database, open_)).toEqual([]));
  });

  it('a store whose server is down opens, and migrates once the server answers', { timeout: 60_000 }, async () => {
    const database = await server.createDatabase();
    await server.stop();
    await using store = await open(server.url(database));
    const { error } = await failureOf(store.directory.load());
    expect(error.problem).toBe('unreachable');
    expect(error.message).toContain('ECONNREFUSED');
    await server.start();
    await store.directory.apply(key('key_a'));
    expect((await store.directory.load()).keys).toHaveLength(1);
  });

  it('a refused statement costs no connection, whatever language the server speaks', async () => {
    const database = await server.createDatabase();
    await using proxy = await startProxy(server.port, { translate: toCzech });
    const url = server.url(database).replace(`:${server.port}/`, `:${proxy.port}/`) as `postgres://${string}`;
    await using store = await open(url);
    await store.records.write(spend(1));
    await server.query(database, 'alter table spend rename to mislaid');
    const before = proxy.connections();
    for (let n = 0; n < 3; n++) {
      const { error } = await failureOf(store.records.write(spend(2)));
      expect([error.problem, error.message]).toEqual(['unusable', expect.stringContaining('"spend"')]);
    }
    await server.query(database, 'alter table mislaid rename to spend');
    await store.records.write(spend(2));
    expect((await store.records.spend(0)).map(({ nano }) => nano)).toEqual([10]);
    expect(proxy.connections()).toBe(before);
  });

  it('changes of two processes have numbers of their own, whatever isolation is the default', async () => {
    const database = await server.createDatabase();
    await server.query(database, `alter database ${database} set default_transaction_isolation = 'repeatable read'`);
    const url = server.url(database);
    await using one = await open(url);
    await using two = await open(url);
    const changes = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? one : two).directory.apply(key(`key_${n}`)));
    expect(new Set(await Promise.all(changes))).toHaveProperty('size', 20);
  });

  it('what one process took beyond its lease is not leased to another, and counts in its own next lease', async () => {
    const url = server.url(await server.createDatabase());
    await using store = await open(url);
    const budget = { owner: 'key:a', budget: 'total', startsAt: 0 };
    const lease = async (process: string, wantedNano: number) =>
      (await store.leases?.lease(process, { periodMs: Infinity, ...budget, amountNano: 100, wantedNano }))?.grantedNano;
    expect(await lease('one', 10)).toBe(10);
    await store.records.write(batchOf({ writer: 'one', spend: [{ ...budget, nano: 30 }] }));
    expect(await lease('two', 100)).toBe(70);
    await store.leases?.end('two');
    // It already owes 20 of what it leases.
    expect(await lease('one', 100)).toBe(90);
  });

  it('a batch resolves to what all have spent of its periods, also when it is repeated', async () => {
    await using store = await open(server.url(await server.createDatabase()));
    const today = Math.floor(Date.now() / 86_400_000) * 86_400_000;
    const row = { owner: 'key:\0', budget: 'total', startsAt: 0, nano: 3 };
    const stored = { ...row, owner: 'key:\ufffd' };
    const first = batchOf({ writer: 'one', spend: [row] });
    expect(await store.records.write(first)).toEqual([stored]);
    const second = batchOf({ writer: 'two', spend: [{ ...row, startsAt: today }, row] });
    const sums = [
      { ...stored, nano: 6 },
      { ...stored, startsAt: today },
    ];
    for (const batch of [second, second])
      expect((await store.records.write(batch)).toSorted((a, b) => a.startsAt - b.startsAt)).toEqual(sums);
    expect(await store.records.write(first)).toEqual([{ ...stored, nano: 6 }]);
  });

  it('an expired lease is its own process’s until it was found expired a minute ago, and not prolonged', async () => {
    const database = await server.createDatabase();
    await using store = await open(server.url(database));
    const budget = { owner: 'key:a', budget: 'total', startsAt: 0 };
    const lease = async (process: string, wantedNano: number) =>
      (await store.leases?.lease(process, { periodMs: Infinity, ...budget, amountNano: 100, wantedNano }))?.grantedNano;
    const pass = (ms: number) => server.query(database, `update spend_lease set expires_at = expires_at - ${ms}`);
    expect(await lease('one', 40)).toBe(40);
    // As long as that, the store was away.
    await pass(600_000);
    expect(await lease('two', 100)).toBe(60);
    expect(await store.leases?.renew('one')).toEqual([]);
    await pass(59_000);
    expect(await lease('two', 100)).toBe(0);
    // Of 40 leased, 30 are not spent and not written yet; 10 are.
    await store.records.write(batchOf({ writer: 'one', spend: [{ ...budget, nano: 10 }] }));
    await pass(2000);
    expect(await lease('two', 1)).toBe(0);
    await pass(59_000);
    expect(await lease('two', 1)).toBe(0);
    await pass(2000);
    expect(await lease('two', 100)).toBe(30);
    const lost = { ...budget, nano: 30 };
    expect(await Promise.all(['one', 'two'].map((process) => store.leases!.renew(process)))).toEqual([[lost], []]);
    // What it had spent before it knew counts against it, and is nothing that others could lease.
    await store.records.write(batchOf({ writer: 'one', seq: 2, spend: [{ ...budget, nano: 5 }] }));
    await store.leases?.end('two');
    expect(await lease('three', 100)).toBe(85);
    expect(
      await store.leases?.lease('one', { periodMs: Infinity, ...budget, amountNano: 200, wantedNano: 50 }),
    ).toEqual({
      startsAt: 0,
      grantedNano: 50,
      spentNano: 15,
      lostNano: 30,
    });
  });

  it('leases expire by the clock of the server, however wrong those of the gateways are', async () => {
    const url = server.url(await server.createDatabase());
    const budget = { owner: 'key:a', budget: 'total', startsAt: 0, amountNano: 100 };
    await using behind = await open(url, { clock: fakeClock(0) });
    await using ahead = await open(url, { clock: fakeClock(2 * Date.now()) });
    expect((await behind.leases?.lease('one', { periodMs: Infinity, ...budget, wantedNano: 40 }))?.grantedNano).toBe(
      40,
    );
    for (let n = 0; n < 3; n++) await ahead.leases?.lease('two', { periodMs: Infinity, ...budget, wantedNano: 100 });
    await ahead.records.write(batchOf({ writer: 'two' }));
    expect(await behind.leases?.renew('one')).toEqual([]);
  });

  it('rows of leases whose processes are gone are deleted after 30 days', async () => {
    const database = await server.createDatabase();
    await using store = await open(server.url(database));
    for (const owner of ['key:a', 'key:b'])
      await store.leases?.lease('gone', {
        periodMs: Infinity,
        owner,
        budget: 'total',
        startsAt: 0,
        amountNano: 100,
        wantedNano: 40,
      });
    const age = (owner: string, days: number) =>
      server.query(
        database,
        `update spend_lease set expires_at = expires_at - ${days * 86_400_000} where owner = '${owner}'`,
      );
    await age('key:a', 31);
    await age('key:b', 29);
    // The first batch of a process also deletes what is old.
    await store.records.write(batchOf({ writer: 'two' }));
    expect(await server.query(database, 'select owner from spend_lease')).toEqual([{ owner: 'key:b' }]);
  });

  it('batches, renewals and the end of leases lock them in one order, and so never one another', async () => {
    const database = await server.createDatabase();
    await using store = await open(server.url(database));
    const many = Array.from({ length: 10 }, (_, n) => ({ owner: `key:${n}`, budget: 'total', startsAt: 0, nano: 1 }));
    // In the table they have another order.
    for (const each of many.toReversed())
      await store.leases?.lease('one', { periodMs: Infinity, ...each, amountNano: 1000, wantedNano: 100 });
    const other = new pg.Client(server.url(database));
    await other.connect();
    try {
      await other.query("begin; select from spend_lease where owner = 'key:0' for update");
      const writing = [
        store.records.write(batchOf({ writer: 'one', spend: many.toReversed() })),
        store.leases!.renew('one'),
        store.leases!.end('one'),
      ];
      const waiting = 'select count(*)::int as many from pg_stat_activity where wait_event_type = $$Lock$$';
      await vi.waitFor(async () => expect(await server.query(database, waiting)).toEqual([{ many: 3 }]), 2000);
      // All wait for the first one, and none of them has another one yet.
      const rest =
        "select count(*)::int as many from (select from spend_lease where owner <> 'key:0' for update nowait) as rest";
      expect(await server.query(database, rest)).toEqual([{ many: 9 }]);
      await other.query('rollback');
      await Promise.all(writing);
    } finally {
      await other.end();
    }
  });

  it('a batch of many leased budgets is few statements', async () => {
    await using proxy = await startProxy(server.port);
    const url = server.url(await server.createDatabase()).replace(`:${server.port}/`, `:${proxy.port}/`);
    await using store = await open(url as `postgres://${string}`);
    const many = Array.from({ length: 600 }, (_, n) => ({ owner: `key:${n}`, budget: 'total', startsAt: 0, nano: 4 }));
    const lease = (process: string, index: number) =>
      store.leases?.lease(process, { periodMs: Infinity, ...many[index]!, amountNano: 10, wantedNano: 10 });
    await lease('one', 0);
    await lease('one', 599);
    const before = proxy.messages();
    await store.records.write(batchOf({ writer: 'one', spend: many }));
    expect(proxy.messages() - before).toBeLessThan(50);
    // What was spent of a lease is not leased any more, and the rest still is.
    await store.records.write(batchOf({ writer: 'one', seq: 2, givenBack: [{ ...many[0]!, nano: 5 }] }));
    expect(await Promise.all([0, 1, 599].map(async (index) => (await lease('two', index))?.grantedNano))).toEqual([
      5, 6, 0,
    ]);
  });

  it('a closed store rejects, and can be closed twice', async () => {
    const store = await open(server.url(await server.createDatabase()));
    store.directory.watch(() => undefined);
    await store[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    const { error } = await failureOf(store.directory.load());
    expect(error.message).toMatch(/the store is closed/);
  });
});

test.each([
  ['a name that cannot be resolved at present', 'getaddrinfo EAI_AGAIN db', 'EAI_AGAIN', 'getaddrinfo EAI_AGAIN db'],
  // Node tries each address of a name, and has no message for all of them.
  ['several addresses of which none answers', '', 'ECONNREFUSED', 'ECONNREFUSED'],
])('%s is a server that does not answer', (_title, message, code, reason) => {
  const error = toServerError(Object.assign(new Error(message), { code }), 'postgres://db/x');
  expect([error.problem, error.message]).toEqual([
    'unreachable',
    `store 'postgres://db/x': does not answer (${reason})`,
  ]);
});

test('an abort ends the wait for a server that accepts and says nothing', async () => {
  const silent = createServer();
  using _closing = closing(silent);
  const port = await listenOnLoopback(silent);
  const abort = new AbortController();
  const connected = once(silent, 'connection');
  const opening = open(`postgres://u:p@127.0.0.1:${port}/d`, { signal: abort.signal });
  await connected;
  abort.abort(new Error('aborted'));
  await expect(opening).rejects.toThrow('aborted');
});

test('the port and the database of a server that does not exist are named, and no password', async () => {
  const port = await reservePort();
  await using store = await open(`postgres://someone:hunter22@127.0.0.1:${port}/things?application_name=x`);
  const { error } = await failureOf(store.directory.load());
  expect(error.message).toMatch(new RegExp(`^store 'postgres://127.0.0.1:${port}/things': does not answer`));
  expect(`${error.message}${error.stack}`).not.toContain('hunter22');
});
