import type { DayReset, Limits, WindowName } from '../domain/limits.ts';
import type { ErrorExtras } from '../domain/provider-error.ts';
import { parseCount } from './error-words.ts';
import { type LimitDimension, type LimitPeriod, windowOf } from './window-name.ts';
import { GOOGLE_QUOTA_OF_TOKENS, GOOGLE_QUOTA_PER_DAY, GOOGLE_QUOTA_PER_MINUTE } from './wordings/limit.ts';

type Quotas = ErrorExtras['quotas'];

/** What exhausted quotas say about the limit that was met. */
export interface LimitInQuotas {
  readonly period: LimitPeriod | undefined;
  readonly counts: LimitDimension | undefined;
  readonly window: WindowName | undefined;
  readonly limits: Limits | undefined;
  readonly dayReset: DayReset;
}

/**
 * Reads Google's quotas, whose names say what they count. A quota per day has precedence over one per minute. Google's day ends at midnight
 * in California, also if another provider passes its refusal on.
 */
export function limitInQuotas(quotas: Quotas): LimitInQuotas {
  const read = quotas.map(({ id, value }) => {
    const counts: LimitDimension = GOOGLE_QUOTA_OF_TOKENS.test(id) ? 'tokens' : 'requests';
    const period = periodOf(id);
    return { period, counts, window: windowOf(counts, period), limit: parseCount(value) };
  });
  const limits = read.flatMap(({ window, limit }) =>
    window === undefined || limit === undefined || limit === 0 ? [] : [[window, limit] as const],
  );
  const longest = read.find(({ period }) => period === 'day') ?? read.find(({ period }) => period !== undefined);
  return {
    period: longest?.period,
    counts: longest?.counts,
    window: longest?.window,
    limits: limits.length === 0 ? undefined : Object.fromEntries(limits),
    dayReset: 'America/Los_Angeles',
  };
}

/** Whether one of the quotas grants nothing. */
export function grantsNoQuota(quotas: Quotas): boolean {
  return quotas.some(({ value }) => parseCount(value) === 0);
}

function periodOf(id: string): LimitPeriod | undefined {
  if (GOOGLE_QUOTA_PER_DAY.test(id)) return 'day';
  return GOOGLE_QUOTA_PER_MINUTE.test(id) ? 'minute' : undefined;
}
