import type { UsageSummary } from 'spillway/client';
import { DAY_MS } from '../../parts/chart-times.ts';
import { choiceOf, textOf } from '../../parts/read-search.ts';

/** The ranges of the page, in days. */
export const RANGES = [
  { value: '7d', word: '7 d', days: 7 },
  { value: '30d', word: '30 d', days: 30 },
  { value: '90d', word: '90 d', days: 90 },
  { value: '365d', word: '1 y', days: 365 },
] as const;

/** By what usage is summed in the table. */
export const GROUPS = [
  { value: 'key', word: 'key' },
  { value: 'tenant', word: 'tenant' },
  { value: 'chain', word: 'chain' },
  { value: 'provider', word: 'provider' },
  { value: 'model', word: 'model' },
  { value: 'day', word: 'day' },
] as const;

/** What the URL of the page holds; the first group and 30 days unless given. */
export interface UsageSearch {
  readonly range?: (typeof RANGES)[number]['value'] | undefined;
  readonly by?: (typeof GROUPS)[number]['value'] | undefined;
  /** Only this tenant's. */
  readonly tenant?: string | undefined;
}

/** Reads the page's parameters. */
export function usageSearch({ range, by, tenant }: Record<string, unknown>): UsageSearch {
  return {
    range: choiceOf(
      range,
      RANGES.map(({ value }) => value),
    ),
    by: choiceOf(
      by,
      GROUPS.map(({ value }) => value),
    ),
    tenant: textOf(tenant),
  };
}

/** The UTC day with which a range of whole days begins, the present day being its last. */
export function firstDay(days: number, now: number): string {
  return new Date(now - (days - 1) * DAY_MS).toISOString().slice(0, 10);
}

/** What a summary is of. The answer before stays on the page while the next one is read, and must not stand below the next one's words. */
export function shownOf({ by, from, to }: Pick<UsageSummary, 'by' | 'from' | 'to'>): {
  readonly by: (typeof GROUPS)[number]['value'];
  /** Days of the range. */
  readonly days: number;
} {
  return {
    by: GROUPS.find(({ value }) => value === by[0])?.value ?? 'key',
    days: Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS),
  };
}
