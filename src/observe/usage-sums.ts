import type { Emit, RequestFinished } from '../domain/events.ts';
import { attemptsOf, failoverOf } from '../domain/trail.ts';
import { boundedCount } from '../domain/usage.ts';
import { putBounded } from '../lib/bounded-map.ts';
import { printable } from '../lib/printable.ts';
import { type AttemptCell, AttemptLabelBound } from '../store/attempt-hours.ts';
import type { UsageRow } from '../store/store.ts';
import { UsageLabelBound } from '../store/usage-cells.ts';
import {
  BUCKETS,
  bucketOf,
  DURATION_AT,
  DURATION_BOUNDS,
  FIRST_TOKEN_AT,
  FIRST_TOKEN_BOUNDS,
  type HourCell,
  HourLabelBound,
} from '../store/usage-hours.ts';
import type { Batches } from '../store/write-batches.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3600_000;
const MINUTE_MS = 60_000;
/** The longest label, in characters. */
const LONGEST_LABEL = 256;
/** Most keys whose newest use is known not to be news. */
const MOST_KEYS = 100_000;

/** What is known of the use of keys. */
export interface UsageSums {
  /**
   * Makes the listener that adds each request of a chain to the sums. `isKey`: whether a principal's id is that of a key. The use of others is not
   * kept, because applications can name any number of principals.
   */
  readonly listener: (isKey: (id: string) => boolean) => Emit;
  /** When the newest request of a key ended, to the minute, in milliseconds since the epoch; undefined before one has. */
  readonly lastUsedAt: (keyId: string) => number | undefined;
}

/**
 * Makes what adds each request of a chain to the sums of usage, in all endings, and the newest use of each key to the minute. A
 * request without a chain is in no sum. `lastUses`: those that are stored. Costs two to three microseconds, and keeps the names of the cells of one day and of one hour.
 */
export function createUsageSums(batches: Pick<Batches, 'add'>, lastUses: ReadonlyMap<string, number>): UsageSums {
  const labels = new UsageLabelBound();
  const hourLabels = new HourLabelBound();
  const attemptLabels = new AttemptLabelBound();
  const usedIn = new Map<string, number>();
  const listener =
    (isKey: (id: string) => boolean): Emit =>
    (event) => {
      if (event.kind !== 'request_finished') return;
      const endedAt = event.acceptedAt + event.totalMs;
      const minute = Math.floor(endedAt / MINUTE_MS);
      const keyId = labelOf(event.keyId);
      const isNews = (usedIn.get(keyId) ?? -1) < minute && event.keyId !== undefined && isKey(event.keyId);
      const lastUsed = isNews ? [{ keyId, at: minute * MINUTE_MS }] : [];
      if (lastUsed.length > 0) putBounded(usedIn, [keyId, minute], MOST_KEYS);
      if (event.chain === undefined) {
        if (lastUsed.length > 0) batches.add({ lastUsed });
        return;
      }
      const row = toRow(event, Math.floor(endedAt / DAY_MS));
      const cell = toHourCell(event, row, Math.floor(endedAt / HOUR_MS));
      const attempts = toAttempts(event, cell.hour).map((attempt) => attemptLabels.bounded(attempt));
      batches.add({ usage: [labels.bounded(row)], hours: [hourLabels.bounded(cell)], attempts, lastUsed });
    };
  return {
    listener,
    lastUsedAt(keyId) {
      const minute = usedIn.get(keyId);
      return minute === undefined ? lastUses.get(keyId) : minute * MINUTE_MS;
    },
  };
}

function toRow(
  { tenant, keyId, chain, provider, model, usage, usageSource, cost }: RequestFinished,
  day: number,
): UsageRow {
  const nano = cost.nano ?? 0;
  return {
    day,
    tenant: labelOf(tenant),
    keyId: labelOf(keyId),
    chain: labelOf(chain),
    provider: labelOf(provider),
    model: labelOf(model),
    requests: 1,
    inputTokens: boundedCount(usage?.input ?? 0),
    cachedInputTokens: boundedCount(usage?.cachedInput ?? 0),
    outputTokens: boundedCount(usage?.output ?? 0),
    reasoningTokens: boundedCount(usage?.reasoning ?? 0),
    costNano: nano,
    estimatedNano: cost.approximate || usageSource === 'estimated' ? nano : 0,
    unknownCost: cost.nano === null ? 1 : 0,
  };
}

/** The sums of one request for its hour, in the order of `HOUR_SUMS`. */
function toHourCell(event: RequestFinished, row: UsageRow, hour: number): HourCell {
  const { trail, committedMs, totalMs, stream } = event;
  // In the order of HOUR_TOTALS; made at once, because this is done for each request.
  const sums: number[] = [
    1,
    stream ? 1 : 0,
    attemptsOf(trail),
    failoverOf(trail) === undefined ? 0 : 1,
    row.inputTokens,
    row.cachedInputTokens,
    row.outputTokens,
    row.reasoningTokens,
    row.costNano,
    row.estimatedNano,
    row.unknownCost,
    Math.round(totalMs),
    ...NO_TIMES,
  ];
  if (stream && committedMs !== undefined) sums[FIRST_TOKEN_AT + bucketOf(committedMs, FIRST_TOKEN_BOUNDS)] = 1;
  sums[DURATION_AT + bucketOf(totalMs, DURATION_BOUNDS)] = 1;
  const { tenant, chain, model } = row;
  return { hour, tenant, chain, provider: row.provider, model, code: event.code, sums };
}

/** The attempts of one request, by the hour in which it ended. */
function toAttempts({ trail }: RequestFinished, hour: number): readonly AttemptCell[] {
  const cells: AttemptCell[] = [];
  for (const { provider, model, outcome } of trail)
    if (outcome !== 'skipped')
      cells.push({ hour, provider: labelOf(provider), model: labelOf(model), outcome, attempts: 1 });
  return cells;
}

const NO_TIMES: readonly number[] = Object.freeze(Array.from({ length: 2 * BUCKETS }, () => 0));

/** A label as every database takes it. Clients can name models, and applications keys. */
function labelOf(text: string | undefined): string {
  return text === undefined ? '' : printable(text.slice(0, LONGEST_LABEL)).toWellFormed();
}
