import { queryOptions, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { RecentUsage, UsageTimes } from 'spillway/client';
import { client } from '../../api/client.ts';
import { DAY_MS, HOUR_MS } from '../../parts/chart-times.ts';
import { type Points, pointsOfRecent, pointsOfSummary, STEP_OF, sumsOf } from './points.ts';
import type { Range } from './search.ts';
import { readSummary } from './summary-pages.ts';

const RECENT_EVERY_MS = 10_000;
const SUMMARY_EVERY_MS = 60_000;

/** A range by its steps, and what has no sum. */
export interface RangePoints extends Points {
  /** Of the answered streams of the whole range, in milliseconds. */
  readonly firstToken: UsageTimes | null;
}

const recentQuery = queryOptions({
  queryKey: ['usage', 'recent'],
  queryFn: ({ signal }) => client.usage.recent(undefined, { signal }),
  refetchInterval: RECENT_EVERY_MS,
});

/** The last hour as the gateway counts it, and what runs now. */
export function useRecent(): UseQueryResult<RecentUsage> {
  return useQuery(recentQuery);
}

/** A range by its steps. Null where the gateway does not count it: a minute of a tenant among too many others. */
export function useRange(range: Range): UseQueryResult<RangePoints | null> {
  const hour = useQuery({ ...recentQuery, select: rangeOfRecent, enabled: range === '1h' });
  const summary = useQuery({
    queryKey: ['usage', 'range', range],
    queryFn: ({ signal }) => (range === '1h' ? null : readRange(range, signal)),
    enabled: range !== '1h',
    refetchInterval: SUMMARY_EVERY_MS,
    // The steps of another range would stand below this one's name.
    placeholderData: () => undefined,
  });
  return range === '1h' ? hour : summary;
}

function rangeOfRecent(recent: RecentUsage): RangePoints | null {
  const points = pointsOfRecent(recent);
  return points === undefined ? null : { ...points, firstToken: recent.total?.first_token_ms ?? null };
}

async function readRange(range: Exclude<Range, '1h'>, signal: AbortSignal): Promise<RangePoints> {
  const step = STEP_OF[range];
  const from = startOf(range, Date.now());
  const [summary, codes] = await Promise.all([
    readSummary((input) => client.usage.summary(input, { signal }), {
      by: [step === DAY_MS ? 'day' : 'hour', 'code'],
      from,
    }),
    client.usage.summary({ by: ['code'], from }, { signal }),
  ]);
  return { ...pointsOfSummary(summary, step), firstToken: sumsOf(codes.data).firstToken };
}

/** What was spent since the present day began where the browser is, and since when that is counted: hours are the gateway's, in UTC. */
export function useToday(): UseQueryResult<{ readonly since: number; readonly cost: number }> {
  return useQuery({
    queryKey: ['usage', 'today'],
    queryFn: async ({ signal }) => {
      const midnight = new Date().setHours(0, 0, 0, 0);
      const { from, total } = await client.usage.summary(
        { by: ['code'], from: new Date(midnight).toISOString() },
        { signal },
      );
      return { since: Date.parse(from), cost: total.cost_usd };
    },
    refetchInterval: SUMMARY_EVERY_MS,
  });
}

/** Start of a range that ends with the present hour, or day. */
function startOf(range: Exclude<Range, '1h'>, now: number): string {
  const [unit, count] = {
    '24h': [HOUR_MS, 24] as const,
    '7d': [HOUR_MS, 7 * 24] as const,
    '30d': [DAY_MS, 30] as const,
  }[range];
  return new Date((Math.floor(now / unit) - count + 1) * unit).toISOString();
}
