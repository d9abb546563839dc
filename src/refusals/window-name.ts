import type { WindowName } from '../domain/limits.ts';

/** What is counted against a limit. */
export type LimitDimension = 'requests' | 'tokens';

/** The span of time over which a limit counts: `hours` are several of them, `long` is unknown but longer than an hour. */
export type LimitPeriod = 'minute' | 'hours' | 'day' | 'week' | 'month' | 'long';

/** The window that counts this over a minute or a day. */
export function windowName(counts: LimitDimension, period: 'minute' | 'day'): WindowName {
  if (counts === 'requests') return period === 'day' ? 'requestsPerDay' : 'requestsPerMinute';
  return period === 'day' ? 'tokensPerDay' : 'tokensPerMinute';
}

/** The same for a limit that may be known in part; undefined if a part is missing, and for other periods, which are no windows. */
export function windowOf(counts: LimitDimension | undefined, period: LimitPeriod | undefined): WindowName | undefined {
  return counts === undefined || (period !== 'minute' && period !== 'day') ? undefined : windowName(counts, period);
}
