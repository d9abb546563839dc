import type { WindowName } from '../domain/limits.ts';

/** What is counted against a limit. */
export type LimitDimension = 'requests' | 'tokens';

/** The span of time over which a limit counts. */
export type LimitPeriod = 'minute' | 'day' | 'month';

/** The window that counts this over a minute or a day. */
export function windowName(counts: LimitDimension, period: 'minute' | 'day'): WindowName {
  if (counts === 'requests') return period === 'day' ? 'requestsPerDay' : 'requestsPerMinute';
  return period === 'day' ? 'tokensPerDay' : 'tokensPerMinute';
}

/** The same for a limit that may be known in part; undefined if a part is missing, and for a month, which is no window. */
export function windowOf(counts: LimitDimension | undefined, period: LimitPeriod | undefined): WindowName | undefined {
  return counts === undefined || period === undefined || period === 'month' ? undefined : windowName(counts, period);
}
