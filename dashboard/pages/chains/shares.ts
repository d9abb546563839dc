import type { UsageSummary } from 'spillway/client';
import { hasFailed } from '../../live/live-state.ts';
import { formatCount, formatShare } from '../../parts/numbers.ts';

/** A chain's requests of a period. */
export interface ChainSums {
  readonly requests: number;
  readonly answered: number;
  readonly failed: number;
  /** Answered after another entry had failed. */
  readonly failovers: number;
  /** Answered requests by `provider/model`. */
  readonly byEntry: ReadonlyMap<string, number>;
}

/**
 * The sums of each chain, from usage by chain, provider, model and code. Undefined where rows were cut: shares of a part would be
 * wrong.
 */
export function chainSums({
  data,
  has_more: isCut,
}: Pick<UsageSummary, 'data' | 'has_more'>): ReadonlyMap<string, ChainSums> | undefined {
  if (isCut) return undefined;
  const sums = new Map<string, ChainSums & { readonly byEntry: Map<string, number> }>();
  for (const { chain = '', provider, model, code = '', requests, failovers = 0 } of data) {
    const before = sums.get(chain) ?? { requests: 0, answered: 0, failed: 0, failovers: 0, byEntry: new Map() };
    const isAnswered = code === 'ok';
    if (isAnswered) {
      const entry = `${provider}/${model}`;
      before.byEntry.set(entry, (before.byEntry.get(entry) ?? 0) + requests);
    }
    sums.set(chain, {
      requests: before.requests + requests,
      answered: before.answered + (isAnswered ? requests : 0),
      failed: before.failed + (hasFailed({ code }) ? requests : 0),
      failovers: before.failovers + failovers,
      byEntry: before.byEntry,
    });
  }
  return sums;
}

/** The share of a chain's answers that an entry gave; undefined where the chain answered nothing. */
export function shareOf(sums: ChainSums | undefined, provider: string, model: string): number | undefined {
  if (sums === undefined || sums.answered === 0) return undefined;
  return (sums.byEntry.get(`${provider}/${model}`) ?? 0) / sums.answered;
}

/** What became of a chain's requests of the last 24 hours, in a few words. */
export function chainWords(sums: ChainSums | undefined): string {
  if (sums === undefined || sums.requests === 0) return 'no requests in 24 h';
  const { requests, failed, failovers } = sums;
  const share = `${formatShare(failovers / requests)}% of ${formatCount(requests)} failed over in 24 h`;
  return `${share}, ${failed === 0 ? 'none' : formatCount(failed)} failed`;
}
