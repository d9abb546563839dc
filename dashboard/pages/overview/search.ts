import { choiceOf } from '../../parts/read-search.ts';

/** The ranges that the page shows, in their order; the first one unless chosen. */
export const RANGES = ['1h', '24h', '7d', '30d'] as const;

/** One of these. */
export type Range = (typeof RANGES)[number];

/** What the URL of the page holds. */
export interface OverviewSearch {
  /** Absent for the last hour. */
  readonly range?: Range | undefined;
}

/** Reads the page's parameters. */
export function overviewSearch(search: Record<string, unknown>): OverviewSearch {
  const range = choiceOf(search['range'], RANGES);
  return range === undefined || range === '1h' ? {} : { range };
}
