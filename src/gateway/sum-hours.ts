import type { UsageInput, UsageSummary, UsageSummaryRow, UsageSums } from '../domain/usage-summary.ts';
import { dollarsOf } from '../domain/usage.ts';
import {
  addSums,
  BUCKETS,
  DURATION_AT,
  DURATION_BOUNDS,
  FIRST_TOKEN_AT,
  FIRST_TOKEN_BOUNDS,
  HOUR_TOTALS,
  HOURS_KEPT_DAYS,
  type HourCell,
  type HoursQuery,
  timesOf,
} from '../store/usage-hours.ts';
import { hourRange, instantOf } from './hour-range.ts';
import { readSums } from './read-sums.ts';
import type { UsageStores } from './usage-stores.ts';

const HOURS_PER_DAY = 24;

type Part = HoursQuery['by'][number];

/** Which hours a principal may see; undefined where that is nothing. */
export interface VisibleHours {
  readonly by: readonly Part[];
  readonly tenant: string | undefined;
}

/** Sums usage by hours, which are also kept by code, and not by key. Rejects as `sumUsage`. */
export async function sumHours(
  { store, batches, clock }: UsageStores,
  visible: VisibleHours | undefined,
  { limit, ...input }: UsageInput & { readonly limit: number },
): Promise<UsageSummary> {
  const range = hourRange(input, { now: clock.now(), mostDays: HOURS_KEPT_DAYS });
  const { by, tenant } = visible ?? { by: [], tenant: undefined };
  const { from, to } = visible === undefined ? { from: range.to, to: range.to } : range;
  const query: HoursQuery = { from, to, by, tenant, limit: limit + 1 };
  const read = (each: HoursQuery): Promise<readonly HourCell[]> => store.records.hours(each);
  const { value: stored, waitingHours } = await readSums({ batches }, read, query);
  const own = waitingHours.filter(
    (cell) => cell.hour >= from && cell.hour < to && (tenant ?? cell.tenant) === cell.tenant,
  );
  const merged = merge(stored.rows, own, query);
  const known = stored.total === undefined ? merged : [stored.total, ...own];
  return {
    object: 'list',
    from: instantOf(range.from),
    to: instantOf(range.to),
    time_zone: 'UTC',
    by,
    data: merged
      .slice(0, limit)
      .map((cell) => ({ ...labelsOf(cell, by), ...sumsOf(cell.sums), ...detailsOf(cell.sums) })),
    has_more: merged.length > limit,
    total: sumsOf(known.map(({ sums }) => sums).reduce(addSums, NOTHING)),
  };
}

const NOTHING: readonly number[] = Object.freeze(Array.from({ length: DURATION_AT + BUCKETS }, () => 0));

/** Adds what waits to the stored cells. Where those are cut, a group that is not among them may be stored all the same, and is left out. */
function merge(
  stored: readonly HourCell[],
  waiting: readonly HourCell[],
  { by, limit }: Pick<HoursQuery, 'by' | 'limit'>,
): readonly HourCell[] {
  const timed = by.find((part) => part === 'hour' || part === 'day');
  const groupOf = (cell: HourCell): HourCell =>
    timed === 'day' ? { ...cell, hour: cell.hour - (cell.hour % HOURS_PER_DAY) } : cell;
  const nameOf = (cell: HourCell): string => JSON.stringify(by.map((part) => cell[part === 'day' ? 'hour' : part]));
  const groups = new Map(stored.map((cell) => [nameOf(cell), cell]));
  const isCut = stored.length >= limit;
  for (const cell of waiting.map(groupOf)) {
    const name = nameOf(cell);
    const known = groups.get(name);
    if (known !== undefined) groups.set(name, { ...known, sums: addSums(known.sums, cell.sums) });
    else if (!isCut) groups.set(name, cell);
  }
  return [...groups]
    .toSorted(
      ([nameA, a], [nameB, b]) =>
        (timed === undefined ? 0 : a.hour - b.hour) ||
        total(b, 'cost_nano') - total(a, 'cost_nano') ||
        total(b, 'requests') - total(a, 'requests') ||
        (nameA < nameB ? -1 : 1),
    )
    .map(([, cell]) => cell);
}

function labelsOf(cell: HourCell, by: readonly Part[]): Partial<UsageSummaryRow> {
  return Object.fromEntries(
    by.map((part) => {
      if (part === 'hour') return [part, instantOf(cell.hour)];
      return [part, part === 'day' ? instantOf(cell.hour).slice(0, 10) : cell[part] || null];
    }),
  );
}

function total({ sums }: Pick<HourCell, 'sums'>, name: (typeof HOUR_TOTALS)[number]): number {
  return sums[HOUR_TOTALS.indexOf(name)] ?? 0;
}

function sumsOf(sums: readonly number[]): UsageSums {
  const of = (name: (typeof HOUR_TOTALS)[number]): number => total({ sums }, name);
  return {
    requests: of('requests'),
    input_tokens: of('input_tokens'),
    cached_input_tokens: of('cached_input_tokens'),
    output_tokens: of('output_tokens'),
    reasoning_tokens: of('reasoning_tokens'),
    cost_usd: dollarsOf(of('cost_nano')),
    estimated_usd: dollarsOf(of('estimated_nano')),
    unknown: of('unknown_cost'),
  };
}

/** What is known of hours only. */
function detailsOf(sums: readonly number[]): Partial<UsageSummaryRow> {
  const of = (name: (typeof HOUR_TOTALS)[number]): number => total({ sums }, name);
  return {
    streams: of('streams'),
    attempts: of('attempts'),
    failovers: of('failovers'),
    first_token_ms: timesOf(sums.slice(FIRST_TOKEN_AT, DURATION_AT), FIRST_TOKEN_BOUNDS),
    duration_ms: timesOf(sums.slice(DURATION_AT), DURATION_BOUNDS),
  };
}
