import type { UsageSummary } from 'spillway/client';
import { DAY_MS } from '../../parts/chart-times.ts';

/** The known cost of each UTC day. */
export interface CostDays {
  /** Starts of the days, in milliseconds since the epoch. */
  readonly times: readonly number[];
  /** US dollars; null where no request of the day has a known cost. */
  readonly costs: readonly (number | null)[];
}

/** The days of a summary by day, those without requests too. */
export function costDays({ from, to, data }: Pick<UsageSummary, 'from' | 'to' | 'data'>): CostDays {
  const costs = new Map(
    data.map(({ day = from, cost_usd: cost, requests, unknown }) => [
      Date.parse(day),
      requests > 0 && unknown === requests ? null : cost,
    ]),
  );
  const first = Date.parse(from);
  const count = Math.max(0, Math.round((Date.parse(to) - first) / DAY_MS));
  const times = Array.from({ length: count }, (_, at) => first + at * DAY_MS);
  return { times, costs: times.map((time) => (costs.has(time) ? (costs.get(time) ?? null) : 0)) };
}
