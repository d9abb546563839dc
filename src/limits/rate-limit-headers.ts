import type { LimitState, WindowStatus } from '../state/limit-state.ts';
import { countsTokens } from '../state/counter-windows.ts';
import { countedOf, type Owner } from './owner.ts';

/** The names for each kind. A name that is put together for each request would be looked up among all texts each time. */
const NAMES = {
  requests: ['x-ratelimit-limit-requests', 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  tokens: ['x-ratelimit-limit-tokens', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
} as const;

/** The response headers of the limits of keys, in OpenAI's names (https://platform.openai.com/docs/guides/rate-limits). */
export const RATE_LIMIT_HEADERS = [...NAMES.requests, ...NAMES.tokens] as const;

/**
 * What is left of the limits of requests and of tokens, each of the window of which the least is left. Empty for owners without such limits.
 * `now` in milliseconds since the epoch.
 */
export function rateLimitHeaders(
  state: Pick<LimitState, 'standing'>,
  owners: readonly Owner[],
  now: number,
): Readonly<Record<string, string>> {
  const tightest: { requests?: WindowStatus; tokens?: WindowStatus } = {};
  for (const owner of owners) {
    const counted = countedOf(owner);
    if (counted === undefined) continue;
    for (const status of state.standing(counted).windows) {
      const kind = countsTokens(status.window) ? 'tokens' : 'requests';
      const before = tightest[kind];
      if (before === undefined || remainingOf(status) < remainingOf(before)) tightest[kind] = status;
    }
  }
  const headers: Record<string, string> = {};
  for (const kind of ['requests', 'tokens'] as const) {
    const status = tightest[kind];
    if (status === undefined) continue;
    const [limit, remaining, reset] = NAMES[kind];
    headers[limit] = String(status.limit);
    headers[remaining] = String(remainingOf(status));
    headers[reset] = durationText(Math.max(0, (status.resetAt ?? now) - now));
  }
  return headers;
}

function remainingOf({ limit, used }: WindowStatus): number {
  return Math.max(0, Math.floor(limit - used));
}

/** A duration as OpenAI writes it: `1s`, `6m0s`, `24h0m0s`. `ms`: milliseconds, rounded up to seconds. */
export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const parts = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : '';
  return `${parts}${seconds % 60}s`;
}
