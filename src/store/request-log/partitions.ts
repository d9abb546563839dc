import { type Kysely, sql } from 'kysely';
import { firstIdAt } from '../../lib/time-ids.ts';
import type { Database } from '../database.ts';
import type { Tables } from '../tables.ts';
import { deleteBodiesBetween } from './request-bodies.ts';

const DAY_MS = 86_400_000;
/** So many days are made ahead, for those on which the server is down at times. */
const DAYS_AHEAD = 3;
const DAY_BEFORE = 1;
const PREFIX = 'request_';
/** How long a statement may wait for requests that use the table, in milliseconds: others would wait behind it. */
const LOCK_TIMEOUT_MS = 1000;

/** Makes the partitions of the days from the one of `now` on, in milliseconds since the epoch, and of the day before, whose rows may have waited. */
export async function makeAllPartitions(database: Database, now: number): Promise<void> {
  await makePartitions(database, now - DAY_BEFORE * DAY_MS, DAY_BEFORE + DAYS_AHEAD);
}

/**
 * Makes the partitions of the day of `now`, in milliseconds since the epoch, and of the next days, on PostgreSQL; does nothing elsewhere. There is no default partition: it
 * would have to be searched for each new one.
 */
export async function makePartitions(database: Database, now: number, ahead = DAYS_AHEAD): Promise<void> {
  if (database.engine !== 'postgres') return;
  const today = Math.floor(now / DAY_MS);
  const days = Array.from({ length: 1 + ahead }, (_, index) => today + index);
  const present = new Set(await partitionDays(database.queries));
  const missing = days.filter((day) => !present.has(day));
  if (missing.length === 0) return;
  await database.write('log', async (transaction) => {
    await setLockTimeout(transaction);
    // Another process may have made them while this one has waited for the lock.
    const made = new Set(await partitionDays(transaction));
    for (const day of missing.filter((each) => !made.has(each))) await makePartition(transaction, day);
  });
}

/** Attaching a table lets others go on with the log, which creating a partition would not. */
async function makePartition(transaction: Kysely<Tables>, day: number): Promise<void> {
  const name = sql.table(partitionOf(day));
  const [from, to] = [day, day + 1].map((each) => sql.lit(firstIdAt(each * DAY_MS)));
  await sql`create table ${name} (like request including defaults including constraints)`.execute(transaction);
  await sql`alter table request attach partition ${name} for values from (${from}) to (${to})`.execute(transaction);
}

/** Deletes the partition of a day, since the epoch, with its rows and their bodies. */
export async function dropPartition(database: Database, day: number): Promise<void> {
  await database.write('log', async (transaction) => {
    await setLockTimeout(transaction);
    await sql`drop table if exists ${sql.table(partitionOf(day))}`.execute(transaction);
    await deleteBodiesBetween(transaction, firstIdAt(day * DAY_MS), firstIdAt((day + 1) * DAY_MS));
    await transaction
      .deleteFrom('log_count')
      .where('hour', '>=', day * 24)
      .where('hour', '<', (day + 1) * 24)
      .execute();
  });
}

/** The days since the epoch of which there is a partition, in ascending order. */
export async function partitionDays(queries: Kysely<Tables>): Promise<readonly number[]> {
  const { rows } = await sql<{ name: string }>`select relname as name from pg_inherits
    join pg_class on pg_class.oid = inhrelid where inhparent = to_regclass('request') order by relname`.execute(
    queries,
  );
  return rows.flatMap(({ name }) => dayOf(name) ?? []);
}

function partitionOf(day: number): string {
  return PREFIX + new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
}

function dayOf(partition: string): number | undefined {
  const [, year, month, day] = /^request_(\d{4})(\d\d)(\d\d)$/.exec(partition) ?? [];
  return day === undefined ? undefined : Date.parse(`${year}-${month}-${day}`) / DAY_MS;
}

async function setLockTimeout(transaction: Kysely<Tables>): Promise<void> {
  await sql.raw(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`).execute(transaction);
}
