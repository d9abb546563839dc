import { Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { nodeSqliteDialect } from '../../src/store/kysely-sqlite.ts';
import { openRaw, temporaryFolder } from '../helpers/store.ts';

test('a transaction keeps other writers out before it writes, so that what it has read stays true', async () => {
  using folder = temporaryFolder();
  using other = openRaw(folder.file);
  other.exec('pragma journal_mode = wal; pragma busy_timeout = 0; create table one (id integer)');
  const queries = new Kysely<unknown>({ dialect: nodeSqliteDialect(openRaw(folder.file)) });
  await queries.transaction().execute(async (transaction) => {
    await sql`select * from one`.execute(transaction);
    expect(() => other.exec('insert into one values (1)')).toThrow('locked');
    await sql`insert into one values (2)`.execute(transaction);
  });
  expect(other.prepare('select id from one').all()).toEqual([{ id: 2 }]);
  await queries.destroy();
});
