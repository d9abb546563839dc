import { Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { nodeSqliteDialect } from '../../src/store/kysely-sqlite.ts';
import { migrate, MIGRATIONS } from '../../src/store/migrations.ts';
import { LASTING, NOW, open, openRaw, temporaryFolder } from '../helpers/store.ts';

/** A store as version 1 wrote it. Never change it: later versions must open it. */
const VERSION_1 = `
create table "spillway_migration" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null);
create table "spillway_migration_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null);
insert into spillway_migration values ('0001_limits', '2026-11-25T08:00:00.000Z');
insert into spillway_migration_lock values ('migration_lock', 0);
create table "limit_cooldown" ("key" text not null primary key, "reason" text not null,
  "until" double precision not null, "lasting" integer not null);
create table "limit_window" ("key" text not null, "window" text not null, "used" double precision not null,
  "until" double precision not null, "limit" double precision,
  constraint "limit_window_key" primary key ("key", "window", "until"));
insert into limit_cooldown values ('aaaa', 'exhausted', ${NOW + 3600_000}, 1), ('aaaa/m', 'unknown_model', ${NOW + 900_000}.25, 1);
insert into limit_window values ('bbbb/m', 'requestsPerDay', 17, ${NOW + 5000}, 1000), ('bbbb/m', 'tokensPerDay', 1234.5, ${NOW + 5000}, null);
`;

test('every row of a version 1 store is loaded', async () => {
  using folder = temporaryFolder();
  {
    using raw = openRaw(folder.file);
    raw.exec(VERSION_1);
  }
  await using store = await open(folder.file);
  expect(await store.limits.load(NOW)).toEqual(LASTING);
});

test('an empty file gets the same schema as a migrated version 1 store', async () => {
  using folder = temporaryFolder();
  using other = temporaryFolder();
  {
    using raw = openRaw(folder.file);
    raw.exec(VERSION_1);
  }
  await (await open(folder.file))[Symbol.asyncDispose]();
  await (await open(other.file))[Symbol.asyncDispose]();
  const schemas = [folder, other].map(({ file }) => {
    using raw = openRaw(file);
    return raw
      .prepare('select name, sql from sqlite_schema order by name')
      .all()
      .map(({ name, sql: text }) => [name, String(text).toLowerCase().replaceAll(/\s+/g, ' ')]);
  });
  expect(schemas[0]).toEqual(schemas[1]);
});

test('a migration keeps the rows, and one that fails is rolled back', async () => {
  using folder = temporaryFolder();
  {
    using raw = openRaw(folder.file);
    raw.exec(VERSION_1);
  }
  const database = openRaw(folder.file);
  const queries = new Kysely<unknown>({ dialect: nodeSqliteDialect(database) });
  const second = {
    async up(db: Kysely<unknown>) {
      await sql`alter table limit_window add column note text`.execute(db);
    },
  };
  const broken = {
    async up(db: Kysely<unknown>) {
      await sql`create table half (id integer)`.execute(db);
      throw new Error('out of luck');
    },
  };
  database.exec('begin immediate');
  await expect(migrate(queries, { ...MIGRATIONS, '0003_a': second, '0004_b': broken })).rejects.toThrow(
    'migration 0004_b failed: out of luck',
  );
  database.exec('rollback');
  const tables = (): unknown =>
    database.prepare("select count(*) as many from sqlite_schema where name = 'half'").get();
  expect(tables()).toEqual({ many: 0 });
  expect(database.prepare('select name from spillway_migration').all()).toEqual([{ name: '0001_limits' }]);
  database.exec('begin immediate');
  await migrate(queries, { ...MIGRATIONS, '0003_a': second });
  database.exec('commit');
  expect(database.prepare('select used, note from limit_window order by used').all()).toEqual([
    { used: 17, note: null },
    { used: 1234.5, note: null },
  ]);
  await queries.destroy();
});

test('the names of migrations are those that stores have recorded', () => {
  expect(Object.keys(MIGRATIONS)).toEqual([
    '0001_limits',
    '0002_keys',
    '0003_suspect_leases',
    '0004_request_log',
    '0005_usage_hours',
    '0006_request_bodies',
    '0007_sessions',
    '0008_attempt_hours',
    '0009_lost_leases',
  ]);
});
