import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { SpendRow, UsageQuery, UsageRow } from './store.ts';
import type { UsageDayRow } from './tables.ts';
import { USAGE_SUMS } from './usage-cells.ts';

const GROUPS = Object.freeze({
  day: 'day',
  tenant: 'tenant',
  keyId: 'key_id',
  chain: 'chain',
  provider: 'provider',
  model: 'model',
} as const satisfies Record<UsageQuery['by'][number], keyof UsageDayRow>);

/** Sums usage. Ordered by day, if that is in `by`, then the most expensive first. Columns that are not in `by` are empty, or 0. */
export async function usageSums({ queries }: Database, query: UsageQuery): Promise<readonly UsageRow[]> {
  const { from, to, by, tenant, keyId, limit } = query;
  const groups = by.map((name) => GROUPS[name]);
  const rows = await queries
    .selectFrom('usage_day')
    .select(groups)
    .select(
      // PostgreSQL's sum of `bigint` is `numeric`, which would come as text.
      USAGE_SUMS.map(([name, column]) => sql<number | null>`cast(sum(${sql.ref(column)}) as bigint)`.as(name)),
    )
    .where('day', '>=', from)
    .where('day', '<', to)
    .$if(tenant !== undefined, (all) => all.where('tenant', '=', tenant ?? ''))
    .$if(keyId !== undefined, (all) => all.where('key_id', '=', keyId ?? ''))
    .$if(groups.length > 0, (all) => all.groupBy(groups))
    .$if(by.includes('day'), (all) => all.orderBy('day'))
    .orderBy(sql`sum(cost_nano)`, 'desc')
    .orderBy(sql`sum(requests)`, 'desc')
    .$if(groups.length > 0, (all) => groups.reduce((sorted, column) => sorted.orderBy(column), all))
    .limit(limit)
    .execute();
  // Without groups there is one row even where nothing is summed.
  return rows
    .filter(({ requests }) => requests !== null)
    .map((row) => ({
      day: row.day ?? 0,
      tenant: row.tenant ?? '',
      keyId: row.key_id ?? '',
      chain: row.chain ?? '',
      provider: row.provider ?? '',
      model: row.model ?? '',
      requests: row.requests ?? 0,
      inputTokens: row.inputTokens ?? 0,
      cachedInputTokens: row.cachedInputTokens ?? 0,
      outputTokens: row.outputTokens ?? 0,
      reasoningTokens: row.reasoningTokens ?? 0,
      costNano: row.costNano ?? 0,
      estimatedNano: row.estimatedNano ?? 0,
      unknownCost: row.unknownCost ?? 0,
    }));
}

/** Returns the spend of periods that have begun since `since`, in milliseconds since the epoch, and of all time. */
export async function spendSince({ queries }: Database, since: number): Promise<readonly SpendRow[]> {
  const rows = await queries
    .selectFrom('spend')
    .selectAll()
    .where((row) => row.or([row('starts_at', '>=', since), row('starts_at', '=', 0)]))
    .execute();
  return rows.map(({ owner, budget, starts_at: startsAt, nano }) => ({ owner, budget, startsAt, nano }));
}

/** Returns when each key was last used. */
export async function lastUses({ queries }: Database): Promise<readonly (readonly [keyId: string, at: number])[]> {
  const rows = await queries.selectFrom('key_use').selectAll().execute();
  return rows.map(({ key_id: keyId, at }) => [keyId, at] as const);
}
