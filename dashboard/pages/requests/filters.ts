import type { RequestListInput } from 'spillway/client';
import { DAY_MS, HOUR_MS } from '../../parts/chart-times.ts';
import { inShell } from '../../parts/in-shell.ts';
import { type Range, type RequestsSearch, USUAL_RANGE } from './search.ts';

/** What requests can be filtered by, beside the time. */
export const FILTERS = [
  'chain',
  'outcome',
  'provider',
  'key',
  'model',
  'tenant',
  'user',
  'tag',
  'code',
  'failed',
  'status',
  'operation',
  'stream',
  'attempts_min',
  'ms_min',
  'cost_min',
] as const satisfies readonly (keyof RequestsSearch)[];

/** One of these. */
export type Filter = (typeof FILTERS)[number];

/** The filters that are always on the page. */
export const USUAL_FILTERS: readonly Filter[] = ['chain', 'outcome', 'provider', 'key'];

/** What filters are called. */
export const FILTER_WORDS: Readonly<Record<Filter, string>> = {
  chain: 'chain',
  outcome: 'outcome',
  provider: 'provider',
  key: 'key',
  model: 'model',
  tenant: 'tenant',
  user: 'user',
  tag: 'tag',
  code: 'code',
  failed: 'failed',
  status: 'status',
  operation: 'operation',
  stream: 'stream',
  attempts_min: 'attempts, at least',
  ms_min: 'total ms, at least',
  cost_min: 'cost $, at least',
};

/** The filters that are set. */
export function setFilters(search: RequestsSearch): readonly Filter[] {
  return FILTERS.filter((filter) => search[filter] !== undefined);
}

/** Lengths of the ranges, in milliseconds. */
export const RANGE_MS: Readonly<Record<Range, number>> = {
  '1h': HOUR_MS,
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
};

/** The words of a range: `last hour`. */
export const RANGE_WORDS: Readonly<Record<Range, string>> = {
  '1h': 'last hour',
  '24h': 'last 24 hours',
  '7d': 'last 7 days',
  '30d': 'last 30 days',
};

/** Rows of a page. */
export const PAGE_ROWS = 50;

/** The input of `requests.list` for what the URL holds. `now` in milliseconds since the epoch. */
export function listInput(search: RequestsSearch, now: number): RequestListInput {
  const { range, from, to, ...filters } = search;
  const isOwn = from !== undefined || to !== undefined;
  const start = isOwn ? from : new Date(now - RANGE_MS[range ?? USUAL_RANGE]).toISOString();
  return { ...filters, from: start, to, limit: PAGE_ROWS };
}

/** The filters without the place in the list. */
export function firstPage(search: RequestsSearch): RequestsSearch {
  return { ...search, before: undefined, after: undefined };
}

/** The command that exports the requests of this time, as far as it can filter. */
export function exportCommand({ range, from, to, key, tenant }: RequestsSearch): string {
  // The command has no end of a time. Without a beginning it exports all.
  const since = from === undefined && to === undefined ? (range ?? USUAL_RANGE) : from;
  return [
    'spillway requests export',
    ...(since === undefined ? [] : [`--since ${since}`]),
    ...(key === undefined ? [] : [`--key ${inShell(key)}`]),
    ...(tenant === undefined ? [] : [`--tenant ${inShell(tenant)}`]),
    '--format csv > requests.csv',
  ].join(' ');
}
