import { type Kysely, sql } from 'kysely';
import { batches, type Database } from './database.ts';
import { mergeRows } from './merge-rows.ts';
import { storable } from './storable.ts';
import type { Batch } from './store.ts';
import type { Tables } from './tables.ts';
import { addSums, HOUR_LABELS, HOUR_SUMS, type HourCell, type HoursQuery } from './usage-hours.ts';

const HOURS_PER_DAY = 24;

/** Adds the sums of a batch, in its transaction. */
export async function addHours(transaction: Kysely<Tables>, { hours }: Pick<Batch, 'hours'>): Promise<void> {
  const cells = mergeRows(
    hours.map((cell) => {
      const labels = HOUR_LABELS.map((label) => storable(cell[label]));
      return { id: [cell.hour, ...labels], row: { hour: cell.hour, labels, sums: cell.sums } };
    }),
    (one, other) => ({ ...one, sums: addSums(one.sums, other.sums) }),
  );
  const columns = sql.join(['hour', ...HOUR_LABELS, ...HOUR_SUMS].map((column) => sql.ref(column)));
  const key = sql.join(['hour', ...HOUR_LABELS].map((column) => sql.ref(column)));
  const added = sql.join(
    HOUR_SUMS.map((sum) => sql`${sql.ref(sum)} = usage_hour.${sql.ref(sum)} + excluded.${sql.ref(sum)}`),
  );
  for (const part of batches(cells)) {
    const values = sql.join(part.map(({ hour, labels, sums }) => sql`(${sql.join([hour, ...labels, ...sums])})`));
    await sql`insert into usage_hour (${columns}) values ${values} on conflict (${key}) do update set ${added}`.execute(
      transaction,
    );
  }
}

/** Deletes the hours before the given one, counted from the epoch. */
export async function pruneHours(transaction: Kysely<Tables>, hour: number): Promise<void> {
  await transaction.deleteFrom('usage_hour').where('hour', '<', hour).execute();
}

type Part = HoursQuery['by'][number];

/** Sums usage by hours. Ordered by time, if that is in `by`, then the most expensive first. What is not in `by` is empty, or 0; a day is its first hour. */
export async function hourSums({ queries }: Database, query: HoursQuery): Promise<readonly HourCell[]> {
  const { from, to, by, tenant, limit } = query;
  const times = by.filter((part) => part === 'hour' || part === 'day');
  const groups = by.map((part) => groupOf(part));
  const selected = by.map((part) => sql`${groupOf(part)} as ${sql.ref(part === 'day' ? 'hour' : part)}`);
  // PostgreSQL's sum of `bigint` is `numeric`, which would come as text.
  const sums = HOUR_SUMS.map((sum) => sql`cast(sum(${sql.ref(sum)}) as bigint) as ${sql.ref(sum)}`);
  const order = sql.join([...times.map(groupOf), sql`sum(cost_nano) desc`, sql`sum(requests) desc`, ...groups]);
  const { rows } = await sql<Readonly<Record<string, string | number | null>>>`
    select ${sql.join([...selected, ...sums])} from usage_hour
    where hour >= ${from} and hour < ${to} ${tenant === undefined ? sql`` : sql`and tenant = ${tenant}`}
    ${groups.length === 0 ? sql`` : sql`group by ${sql.join(groups)}`}
    order by ${order} limit ${limit}`.execute(queries);
  return rows.filter(({ requests }) => requests !== null).map(toCell);
}

function groupOf(part: Part) {
  return part === 'day'
    ? sql`usage_hour.hour / ${sql.lit(HOURS_PER_DAY)} * ${sql.lit(HOURS_PER_DAY)}`
    : sql`usage_hour.${sql.ref(part)}`;
}

function toCell(row: Readonly<Record<string, string | number | null>>): HourCell {
  const textOf = (label: string): string => String(row[label] ?? '');
  return {
    hour: Number(row['hour'] ?? 0),
    tenant: textOf('tenant'),
    chain: textOf('chain'),
    provider: textOf('provider'),
    model: textOf('model'),
    code: textOf('code'),
    sums: HOUR_SUMS.map((sum) => Number(row[sum])),
  };
}
