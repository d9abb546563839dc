import { type Kysely, sql } from 'kysely';
import { batches, type Database, listOf } from './database.ts';
import { expireLeases, LEASE_END, lockLeases } from './lease-expiry.ts';
import { mergeRows } from './merge-rows.ts';
import { storable } from './storable.ts';
import type { LeasedSpend, SpendLease, SpendLeaseRequest } from './store.ts';
import type { Tables } from './tables.ts';

/** A lease is at least this share of the amount, and at most that share of what is left, unless more is wanted. */
const SLICES = 50;
const SHARE_OF_REST = 4;

/**
 * Leases a part of what is left of a budget to a process: what is wanted, or a slice where that is more, and never more than what is neither spent nor
 * leased. The budget's row is locked until it is done, so that two processes never lease the same money.
 */
export function leaseSpend(
  database: Database,
  request: SpendLeaseRequest & { readonly process: string },
): Promise<SpendLease> {
  const { process, startsAt, periodMs, amountNano, wantedNano } = request;
  const key = { owner: storable(request.owner), budget: storable(request.budget), starts_at: startsAt };
  return database.write('records', async (transaction) => {
    await transaction
      .insertInto('spend')
      .values({ ...key, nano: 0 })
      .onConflict((conflict) =>
        conflict.columns(['owner', 'budget', 'starts_at']).doUpdateSet((row) => ({ nano: row.ref('spend.nano') })),
      )
      .execute();
    await expireLeases(transaction, key, process);
    // The ledger has forgotten this process's lease of another period, which would be prolonged for as long as the process runs.
    await transaction
      .deleteFrom('spend_lease')
      .where((row) => row.and({ owner: key.owner, budget: key.budget, process }))
      .where('starts_at', '<>', startsAt)
      .execute();
    // Another time zone moves the start of the period, but keeps what is spent of it, and what others have leased.
    const isSamePeriod = sql<boolean>`owner = ${key.owner} and budget = ${key.budget}
      and starts_at > ${startsAt - periodMs / 2}::float8 and starts_at < ${startsAt + periodMs / 2}::float8`;
    const spent = await transaction.selectFrom('spend').where(isSamePeriod).select('nano').execute();
    const spentNano = spent.reduce((sum, { nano }) => sum + nano, 0);
    const leases = await transaction
      .selectFrom('spend_lease')
      .where(isSamePeriod)
      .select(['process', 'nano', 'lost_nano'])
      .execute();
    // What others took beyond their leases is spent, and is nothing that this process could lease.
    const leased = leases.map((lease) => (lease.process === process ? lease.nano : Math.max(0, lease.nano)));
    const left = amountNano - spentNano - leased.reduce((sum, nano) => sum + nano, 0);
    const granted = grantedNano({ amountNano, leftNano: left, wantedNano });
    await transaction
      .insertInto('spend_lease')
      .values({ ...key, process, nano: granted, expires_at: LEASE_END, suspect: 0, lost_nano: 0 })
      .onConflict((conflict) =>
        conflict.columns(['owner', 'budget', 'starts_at', 'process']).doUpdateSet((row) => ({
          nano: row('spend_lease.nano', '+', row.ref('excluded.nano')),
          expires_at: row.ref('excluded.expires_at'),
          suspect: 0,
        })),
      )
      .execute();
    const lostNano = leases.find((lease) => lease.process === process)?.lost_nano ?? 0;
    return { startsAt, grantedNano: granted, spentNano, lostNano };
  });
}

/** What a lease is measured by, in billionths of a US dollar. */
export interface LeaseTerms {
  readonly amountNano: number;
  /** What is neither spent nor leased. */
  readonly leftNano: number;
  readonly wantedNano: number;
}

/** How much is leased: what is wanted, or a slice where that is more, and never more than what is left. */
export function grantedNano({ amountNano, leftNano, wantedNano }: LeaseTerms): number {
  const slice = Math.min(amountNano / SLICES, leftNano / SHARE_OF_REST);
  return Math.max(0, Math.floor(Math.min(leftNano, Math.max(wantedNano, slice))));
}

/**
 * Takes what a process has spent, and what it gives back, out of its leases on PostgreSQL. Call it in the transaction that adds the one to what is spent, so
 * that money is never in both.
 */
export async function takeFromLeases(
  transaction: Kysely<Tables>,
  process: string,
  taken: readonly LeasedSpend[],
): Promise<void> {
  if (taken.length === 0) return;
  await lockLeases(transaction, process);
  const merged = mergeRows(
    taken.map(({ owner, budget, startsAt, nano }) => {
      const id = [storable(owner), storable(budget), startsAt] as const;
      return { id, row: { id, nano } };
    }),
    (one, other) => ({ ...one, nano: one.nano + other.nano }),
  );
  for (const rows of batches(merged)) {
    const values = rows.map(({ id, nano }) => [...id, nano]);
    // Below 0 where requests took more than was leased for them, if anything: the process takes that out of its next lease.
    await sql`with taken (owner, budget, starts_at, nano) as ${listOf(values)}
      insert into spend_lease (owner, budget, starts_at, process, nano, expires_at)
      select owner, budget, starts_at, ${process}, -nano, ${LEASE_END} from taken where true
      on conflict (owner, budget, starts_at, process) do update set nano = spend_lease.nano + excluded.nano`.execute(
      transaction,
    );
  }
}
