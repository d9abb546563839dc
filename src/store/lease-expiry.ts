import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

/** How long a lease lasts unless it is prolonged, in milliseconds. */
export const LEASE_MS = 60_000;
/**
 * How long a process whose lease has expired may still prolong it, in milliseconds, counted from when another process finds it expired. That one
 * reaches the store, so a process that lives does too, and prolongs its leases three times meanwhile. Without this time the first process after an
 * outage of the store would take money that others may still spend.
 */
const GRACE_MS = 60_000;

/** A call of one process at a time, in milliseconds since the epoch. */
export interface OfProcess {
  readonly process: string;
  readonly now: number;
}

/** One period of one budget, as a row of a table names it. */
export type BudgetPeriod = Pick<Tables['spend_lease'], 'owner' | 'budget' | 'starts_at'>;

type Transaction = Kysely<Tables>;

/**
 * Takes leases of other processes away which expired, were found expired by an earlier call, and were not prolonged since then. Those that are found
 * expired first are prolonged by the grace time. Call it while the budget's row of spend is locked.
 */
export async function expireLeases(
  transaction: Transaction,
  { owner, budget, starts_at: startsAt }: BudgetPeriod,
  { process, now }: OfProcess,
): Promise<void> {
  const others = sql<boolean>`owner = ${owner} and budget = ${budget} and starts_at = ${startsAt} and process <> ${process}`;
  await transaction
    .deleteFrom('spend_lease')
    .where(others)
    .where('expires_at', '<', now)
    .where('suspect', '=', 1)
    .execute();
  await transaction
    .updateTable('spend_lease')
    .set({ suspect: 1, expires_at: now + GRACE_MS })
    .where(others)
    .where('expires_at', '<', now)
    .execute();
}

/** The same for all budgets. It leaves out what others are changing: a batch of theirs may wait for rows that this transaction has locked. */
export async function pruneLeases(transaction: Transaction, now: number): Promise<void> {
  const [any] = await transaction.selectFrom('spend_lease').select('process').limit(1).execute();
  // SQLite has no leases, and could not skip rows.
  if (any === undefined) return;
  const expired = (suspect: number): RawBuilder<unknown> =>
    sql`(select ctid from spend_lease where expires_at < ${now} and suspect = ${suspect} for update skip locked)`;
  await sql`delete from spend_lease where ctid in ${expired(1)}`.execute(transaction);
  await sql`update spend_lease set suspect = 1, expires_at = ${now + GRACE_MS} where ctid in ${expired(0)}`.execute(
    transaction,
  );
}

/** Prolongs all leases of a process. */
export async function renewLeases({ queries }: Database, { process, now }: OfProcess): Promise<void> {
  await sql`with locked as ${lockedOf(process)}
    update spend_lease set expires_at = ${now + LEASE_MS}, suspect = 0 from locked
    where spend_lease.process = ${process} and ${isLocked}`.execute(queries);
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
