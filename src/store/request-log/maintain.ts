import { type SqlBool, sql } from 'kysely';
import { firstIdAt } from '../../lib/time-ids.ts';
import type { Database } from '../database.ts';
import { deleteSlice, SLICE_ROWS } from './delete-rows.ts';
import { deleteOldBodies, SLICE_BODIES } from './request-bodies.ts';
import { dropPartition, makePartitions, partitionDays } from './partitions.ts';
import type { LogBounds } from './stored-log.ts';

const HOUR_MS = 3600_000;
const HOURS_PER_DAY = 24;

/**
 * Deletes some of the rows and bodies that are beyond the bounds: a slice of 1,000 on SQLite, on PostgreSQL the partition of a day of which no row is left within them.
 * Makes the partitions of the next days. Returns whether it is to be called again, after a pause. `now`: milliseconds since the epoch.
 */
export async function maintainLog(
  database: Database,
  { retention, maxRows, bodyRetention, now }: LogBounds & { readonly now: number },
): Promise<boolean> {
  const end = now - retention;
  const bodies = bodyRetention === undefined ? 0 : await deleteOldBodies(database, firstIdAt(now - bodyRetention));
  const more = await (database.engine === 'postgres'
    ? dropOldest(database, { end, maxRows, now })
    : deleteOldest(database, { end, maxRows }));
  return more || bodies === SLICE_BODIES;
}

interface Bounds {
  /** Rows that ended before are deleted, in milliseconds since the epoch. */
  readonly end: number;
  readonly maxRows: number;
}

async function deleteOldest(database: Database, { end, maxRows }: Bounds): Promise<boolean> {
  const byCount = await oldestKept(database, maxRows);
  const byTime = firstIdAt(end);
  const below = byCount !== undefined && byCount > byTime ? byCount : byTime;
  const deleted = await database.write('log', async (transaction) => {
    const rows = await deleteSlice(transaction, [sql<SqlBool>`id < ${below}`]);
    if (rows < SLICE_ROWS) await transaction.deleteFrom('log_count').where('rows', '<=', 0).execute();
    return rows;
  });
  const gaveBack = database.releaseSpace();
  return deleted === SLICE_ROWS || gaveBack;
}

/** The id of the oldest row of the newest so many; undefined where there are not more of them. */
async function oldestKept(database: Database, maxRows: number): Promise<bigint | undefined> {
  const hour = await hourBeyond(database, maxRows);
  if (hour === undefined) return undefined;
  const { rows } = await sql<{ id: string }>`select cast(id as text) as id from request
    where id < ${firstIdAt((hour.hour + 1) * HOUR_MS)} order by request.id desc limit 1 offset ${hour.room}`.execute(
    database.queries,
  );
  const newestBeyond = rows[0]?.id;
  return newestBeyond === undefined ? undefined : BigInt(newestBeyond) + 1n;
}

/** The hour in which the row lies that is one too many, and how many of its rows have room; undefined where all rows have. */
async function hourBeyond(
  { queries }: Database,
  maxRows: number,
): Promise<{ readonly hour: number; readonly room: number } | undefined> {
  const counts = await queries.selectFrom('log_count').selectAll().orderBy('hour', 'desc').execute();
  let room = maxRows;
  for (const { hour, rows } of counts) {
    if (rows > room) return { hour, room };
    room -= rows;
  }
  return undefined;
}

async function dropOldest(
  database: Database,
  { end, maxRows, now }: Bounds & { readonly now: number },
): Promise<boolean> {
  await makePartitions(database, now);
  const [oldest] = await partitionDays(database.queries);
  if (oldest === undefined) return false;
  const beyond = await hourBeyond(database, maxRows);
  const lastHour = (oldest + 1) * HOURS_PER_DAY;
  // The day of the row that is one too many has rows that are kept.
  const isBeyond = lastHour * HOUR_MS <= end || (beyond !== undefined && lastHour <= dayOf(beyond.hour));
  if (isBeyond) await dropPartition(database, oldest);
  return isBeyond;
}

/** The first hour of the day of an hour. */
function dayOf(hour: number): number {
  return Math.floor(hour / HOURS_PER_DAY) * HOURS_PER_DAY;
}
