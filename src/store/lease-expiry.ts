import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';
import { LEASE_MS, type LeasedSpend } from './store.ts';
import type { Tables } from './tables.ts';

/**
 * How long a process whose lease has expired may still prolong it, in milliseconds, counted from when another process finds it expired. That one
 * reaches the store, so a process that lives does too, and prolongs its leases three times meanwhile. Without this time the first process after an
 * outage of the store would take money that others may still spend.
 */
const GRACE_MS = LEASE_MS;
/**
 * After that time without its process, a row that others have found expired is deleted, in milliseconds. Until then it says what the process has lost. The
 * number of the process's last batch is kept for as long.
 */
const FORGOTTEN_MS = 30 * 86_400_000;

/** One period of one budget, as a row of a table names it. */
export type BudgetPeriod = Pick<Tables['spend_lease'], 'owner' | 'budget' | 'starts_at'>;

type Transaction = Kysely<Tables>;

/** The time by PostgreSQL's clock when its transaction began, in milliseconds since the epoch. SQLite has no leases: one machine needs none. */
const NOW = sql<number>`(extract(epoch from now()) * 1000)::float8`;

/** When a lease ends that is taken or prolonged now. */
export const LEASE_END = sql<number>`${NOW} + ${LEASE_MS}::float8`;

/**
 * Takes what is left of leases of other processes away which expired, were found expired by an earlier call, and were not prolonged since then. Those that
 * are found expired first are prolonged by the grace time. Call it while the budget's row of spend is locked.
 */
export async function expireLeases(
  transaction: Transaction,
  { owner, budget, starts_at: startsAt }: BudgetPeriod,
  process: string,
): Promise<void> {
  const expired = sql<boolean>`owner = ${owner} and budget = ${budget} and starts_at = ${startsAt} and process <> ${process}
    and nano > 0 and expires_at < ${NOW}`;
  // The row stays, so that what its process has spent and not written yet still counts against it once that is written.
  await transaction
    .updateTable('spend_lease')
    .set((row) => ({ nano: 0, lost_nano: row('lost_nano', '+', row.ref('nano')) }))
    .where(expired)
    .where('suspect', '=', 1)
    .execute();
  await transaction
    .updateTable('spend_lease')
    .set({ suspect: 1, expires_at: sql<number>`${NOW} + ${GRACE_MS}::float8` })
    .where(expired)
    .where('suspect', '=', 0)
    .execute();
}

/** Deletes the rows of processes that are gone. It leaves out what others are changing: a batch of theirs may wait for rows that this transaction has locked. */
export async function pruneLeases(transaction: Transaction): Promise<void> {
  const [any] = await transaction.selectFrom('spend_lease').select('process').limit(1).execute();
  // SQLite has no leases, and could not skip rows.
  if (any === undefined) return;
  await sql`delete from spend_lease where ctid in
    (select ctid from spend_lease where expires_at < ${NOW} - ${FORGOTTEN_MS}::float8 for update skip locked)`.execute(
    transaction,
  );
}

/** Prolongs all leases of a process. Resolves to what it has lost of them so far, where it has lost anything. */
export async function renewLeases({ queries }: Database, process: string): Promise<readonly LeasedSpend[]> {
  const { rows } = await sql<LeasedSpend>`with locked as ${lockedOf(process)},
    renewed as (update spend_lease set expires_at = ${LEASE_END}, suspect = 0 from locked
      where spend_lease.process = ${process} and ${isLocked}
      returning spend_lease.owner, spend_lease.budget, spend_lease.starts_at, spend_lease.lost_nano)
    select owner, budget, starts_at as "startsAt", lost_nano as "nano" from renewed where lost_nano > 0`.execute(
    queries,
  );
  return rows;
}

/** Gives all leases of a process back. Call it when everything that the process has spent is written. */
export async function endLeases({ queries }: Database, process: string): Promise<void> {
  await sql`with locked as ${lockedOf(process)}
    delete from spend_lease using locked where spend_lease.process = ${process} and ${isLocked}`.execute(queries);
}

/** Locks all leases of a process. Call it before a transaction changes several of them. */
export async function lockLeases(transaction: Transaction, process: string): Promise<void> {
  await sql`with locked as ${lockedOf(process)} select count(*) from locked`.execute(transaction);
}

/** The leases of a process, locked one after the other in one order: otherwise two statements could wait for one another. */
function lockedOf(process: string): RawBuilder<unknown> {
  return sql`(select owner, budget, starts_at from spend_lease where process = ${process}
    order by owner, budget, starts_at for update)`;
}

const isLocked = sql`spend_lease.owner = locked.owner and spend_lease.budget = locked.budget
  and spend_lease.starts_at = locked.starts_at`;
