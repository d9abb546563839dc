import type { UsageTimes } from '../domain/usage-summary.ts';
import { LabelBound } from './label-bound.ts';

/** Buckets of each histogram: one for each bound, and one for what is longer. */
export const BUCKETS = 14;
/** Upper bounds of the buckets of times to the first token, in milliseconds. */
export const FIRST_TOKEN_BOUNDS = Object.freeze([
  50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000, 30_000,
] as const);
/** Upper bounds of the buckets of durations, in milliseconds. */
export const DURATION_BOUNDS = Object.freeze([
  50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000,
] as const);

/** How long sums by hour are kept. */
export const HOURS_KEPT_DAYS = 90;

/** The labels by which hours are summed. Not by key: such sums would grow like the log itself. */
export const HOUR_LABELS = ['tenant', 'chain', 'provider', 'model', 'code'] as const;

/** One of these. */
export type HourLabel = (typeof HOUR_LABELS)[number];

/** What is summed, beside the buckets. */
export const HOUR_TOTALS = [
  'requests',
  'streams',
  'attempts',
  'failovers',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_nano',
  'estimated_nano',
  'unknown_cost',
  'total_ms',
] as const;

/** The columns of the sums, in the order of a cell's `sums`. */
export const HOUR_SUMS: readonly string[] = Object.freeze([
  ...HOUR_TOTALS,
  ...bucketColumns('first_token'),
  ...bucketColumns('duration'),
]);

function bucketColumns(name: string): readonly string[] {
  return Array.from({ length: BUCKETS }, (_, bucket) => `${name}_${bucket}`);
}

/** Where the buckets of each histogram begin in `sums`. */
export const FIRST_TOKEN_AT = HOUR_TOTALS.length;
export const DURATION_AT = FIRST_TOKEN_AT + BUCKETS;

/** Sums of requests that have ended in one UTC hour. Each number is added to its row. Labels have no control characters. */
export interface HourCell extends Readonly<Record<HourLabel, string>> {
  /** Hours since the epoch. */
  readonly hour: number;
  /** One for each of `HOUR_SUMS`. */
  readonly sums: readonly number[];
}

/** Which hours are summed, and by what. */
export interface HoursQuery {
  /** Hours since the epoch: from the first, up to and without the last. */
  readonly from: number;
  readonly to: number;
  readonly by: readonly ('hour' | 'day' | HourLabel)[];
  readonly tenant?: string | undefined;
  readonly limit: number;
}

/** The bucket of a time in milliseconds. */
export function bucketOf(ms: number, bounds: readonly number[]): number {
  // A loop, because this is done for each request and a callback takes several times as long.
  let bucket = 0;
  while (bucket < bounds.length && ms > (bounds[bucket] ?? Infinity)) bucket++;
  return bucket;
}

/** The time below which a share of the counted times lies, in milliseconds, as if the times of a bucket were even; null without times. */
export function percentileOf(counts: readonly number[], bounds: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let rank = total * share;
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && rank <= count) {
      const from = bounds[bucket - 1] ?? 0;
      const to = bounds[bucket] ?? from;
      return Math.round(from + (to - from) * (rank / count));
    }
    rank -= count;
  }
  return null;
}

/** Percentiles of the counted times, in milliseconds; null without times. */
export function timesOf(counts: readonly number[], bounds: readonly number[]): UsageTimes | null {
  const p50 = percentileOf(counts, bounds, 0.5);
  const p95 = percentileOf(counts, bounds, 0.95);
  return p50 === null || p95 === null ? null : { p50, p95 };
}

/** The sums of two cells. */
export function addSums(one: readonly number[], other: readonly number[]): readonly number[] {
  return one.map((value, index) => value + (other[index] ?? 0));
}

/** Most cells of one UTC hour with all their labels, and further ones for each label that is given up. */
const MOST_CELLS = 2000;
const MORE_CELLS = 500;

/** Bounds the labels of one process's hours, as `UsageLabelBound` does those of days. */
export class HourLabelBound extends LabelBound<HourCell, HourLabel> {
  constructor() {
    super({
      givenUp: ['model', 'chain', 'provider', 'tenant'],
      mostCells: MOST_CELLS,
      moreCells: MORE_CELLS,
      timeOf: ({ hour }) => hour,
      nameOf: hourCellName,
    });
  }
}

/** The name of a cell. Its labels have no line breaks. */
export function hourCellName({ hour, tenant, chain, provider, model, code }: HourCell): string {
  return `${hour}\n${tenant}\n${chain}\n${provider}\n${model}\n${code}`;
}
