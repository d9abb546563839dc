import { GatewayError } from '../domain/errors.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { UsageGroup, UsageInput, UsageSummary, UsageSummaryRow, UsageSums } from '../domain/usage-summary.ts';
import { dollarsOf } from '../domain/usage.ts';
import type { UsageQuery, UsageRow } from '../store/store.ts';
import { sumOfRows } from '../store/usage-cells.ts';
import { readSums } from './read-sums.ts';
import { sumHours, type VisibleHours } from './sum-hours.ts';
import type { UsageStores } from './usage-stores.ts';
import { visibleLabels } from './visible-to.ts';

/** Most rows of an answer. */
const MOST_USAGE_ROWS = 1000;

const DAY_MS = 86_400_000;
const USUAL_DAYS = 30;

type Part = UsageQuery['by'][number];

/** Groups of which the sums by day have no part. */
type HourGroup = 'hour' | 'code';

const PARTS: Readonly<Record<Exclude<UsageGroup, HourGroup>, Part>> = Object.freeze({
  day: 'day',
  key: 'keyId',
  tenant: 'tenant',
  chain: 'chain',
  provider: 'provider',
  model: 'model',
});

/**
 * Sums the usage that a principal may see: a caller that of its own key, one with a tenant that of the tenant, whatever the input says. Usage that this process has
 * not written yet is included. Rejects with `invalid_request` for a wrong range, or `store_unavailable`.
 */
export async function sumUsage(
  stores: UsageStores,
  { principal }: Pick<RequestScope, 'principal'>,
  input: UsageInput,
): Promise<UsageSummary> {
  const { limit = MOST_USAGE_ROWS } = input;
  const visible = visibleLabels(principal, input);
  if (needsHours(input)) return sumHours(stores, hoursVisible(visible, input), { ...input, limit });
  const { store, batches, clock } = stores;
  const by = (input.by ?? []).filter((group) => !isOfHours(group));
  const range = rangeOf(input, Math.floor(clock.now() / DAY_MS));
  // No row is in an empty range.
  const { from, to } = visible === undefined ? { from: range.to, to: range.to } : range;
  const query: UsageQuery = { from, to, by: by.map((group) => PARTS[group]), limit: limit + 1, ...visible };
  const read = (each: UsageQuery): Promise<readonly UsageRow[]> => store.records.usage(each);
  const { value: stored, waiting } = await readSums({ batches }, read, query);
  const own = waiting.filter((row) => isIn(row, query));
  const merged = merge(stored.rows, own, query);
  const rows = merged.slice(0, limit);
  const known = stored.total === undefined ? merged : [stored.total, ...own];
  return {
    object: 'list',
    from: dateOf(range.from),
    to: dateOf(range.to),
    time_zone: 'UTC',
    by,
    data: rows.map((row) => ({ ...labelsOf(row, by), ...sumsOf(row) })),
    has_more: merged.length > limit,
    total: sumsOf(known.reduce(sumOfRows, NOTHING)),
  };
}

function isOfHours(group: UsageGroup): group is HourGroup {
  return group === 'hour' || group === 'code';
}

function needsHours({ by = [] }: UsageInput): boolean {
  return by.some(isOfHours);
}

/** What of the hours is visible. Throws `invalid_request` where the key counts. */
function hoursVisible(visible: ReturnType<typeof visibleLabels>, { by = [] }: UsageInput): VisibleHours | undefined {
  if (visible === undefined) return undefined;
  const groups = by.filter((group) => group !== 'key');
  if (visible.keyId === undefined && groups.length === by.length) return { by: groups, tenant: visible.tenant };
  const message = 'by: hours and codes are not summed by key; group by day, or search the request log.';
  throw new GatewayError('invalid_request', { message, param: 'by' });
}

function isIn({ day, tenant, keyId }: UsageRow, query: UsageQuery): boolean {
  if (day < query.from || day >= query.to) return false;
  return (query.tenant ?? tenant) === tenant && (query.keyId ?? keyId) === keyId;
}

/** Adds what waits to the stored rows. Where those are cut, a group that is not among them may be stored all the same, and is left out. */
function merge(
  stored: readonly UsageRow[],
  waiting: readonly UsageRow[],
  { by, limit }: Pick<UsageQuery, 'by' | 'limit'>,
): readonly UsageRow[] {
  const groups = new Map(stored.map((row) => [nameOf(row, by), row]));
  const isCut = stored.length >= limit;
  for (const row of waiting) {
    const name = nameOf(row, by);
    const known = groups.get(name);
    if (known !== undefined) groups.set(name, sumOfRows(known, row));
    else if (!isCut) groups.set(name, row);
  }
  const byDay = by.includes('day');
  return [...groups]
    .toSorted(
      ([nameA, a], [nameB, b]) =>
        (byDay ? a.day - b.day : 0) || b.costNano - a.costNano || b.requests - a.requests || (nameA < nameB ? -1 : 1),
    )
    .map(([, row]) => row);
}

function nameOf(row: UsageRow, by: UsageQuery['by']): string {
  return JSON.stringify(by.map((part) => row[part]));
}

function rangeOf({ from, to }: UsageInput, today: number): { readonly from: number; readonly to: number } {
  const end = to === undefined ? today + 1 : Math.ceil(Date.parse(to) / DAY_MS);
  const start = from === undefined ? end - USUAL_DAYS : Math.floor(Date.parse(from) / DAY_MS);
  if (start < end) return { from: start, to: end };
  throw new GatewayError('invalid_request', { message: 'to: must be later than `from`.', param: 'to' });
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

function labelsOf(row: UsageRow, by: readonly Exclude<UsageGroup, HourGroup>[]): Partial<UsageSummaryRow> {
  return Object.fromEntries(by.map((group) => [group, group === 'day' ? dateOf(row.day) : row[PARTS[group]] || null]));
}

function sumsOf(row: UsageRow): UsageSums {
  return {
    requests: row.requests,
    input_tokens: row.inputTokens,
    cached_input_tokens: row.cachedInputTokens,
    output_tokens: row.outputTokens,
    reasoning_tokens: row.reasoningTokens,
    cost_usd: dollarsOf(row.costNano),
    estimated_usd: dollarsOf(row.estimatedNano),
    unknown: row.unknownCost,
  };
}

const NOTHING: UsageRow = Object.freeze({
  day: 0,
  tenant: '',
  keyId: '',
  chain: '',
  provider: '',
  model: '',
  requests: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costNano: 0,
  estimatedNano: 0,
  unknownCost: 0,
});
