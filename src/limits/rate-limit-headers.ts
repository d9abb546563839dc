import type { Counted, LimitState, WindowStatus } from '../state/limit-state.ts';

/** The names for each unit. A name that is put together for each request would be looked up among all texts each time. */
const NAMES = {
  requests: ['x-ratelimit-limit-requests', 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  tokens: ['x-ratelimit-limit-tokens', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
} as const;

/** The response headers of the limits of keys, in OpenAI's names (https://platform.openai.com/docs/guides/rate-limits). */
export const RATE_LIMIT_HEADERS = [...NAMES.requests, ...NAMES.tokens] as const;

/**
 * Returns what is left of limits of requests and of tokens, each of the window of which the least is left; no header of a unit without a limit. The object
 * is the caller's own. `now` in milliseconds since the epoch.
 */
export function rateLimitHeaders(
  state: Pick<LimitState, 'tightest'>,
  counted: readonly Counted[],
  now: number,
): Record<string, string> {
  const headers: Record<string, string> = {};
  if (counted.length === 0) return headers;
  const requests = state.tightest(counted, 'requests', now);
  if (requests !== undefined) {
    headers[NAMES.requests[0]] = String(requests.limit);
    headers[NAMES.requests[1]] = String(remainingOf(requests));
    headers[NAMES.requests[2]] = resetOf(requests, now);
  }
  const tokens = state.tightest(counted, 'tokens', now);
  if (tokens !== undefined) {
    headers[NAMES.tokens[0]] = String(tokens.limit);
    headers[NAMES.tokens[1]] = String(remainingOf(tokens));
    headers[NAMES.tokens[2]] = resetOf(tokens, now);
  }
  return headers;
}

function remainingOf({ limit, used }: WindowStatus): number {
  return Math.max(0, Math.floor(limit - used));
}

function resetOf({ resetAt = 0 }: WindowStatus, now: number): string {
  return durationText(Math.max(0, resetAt - now));
}

/** A duration as OpenAI writes it: `1s`, `6m0s`, `24h0m0s`. `ms`: milliseconds, rounded up to seconds. */
export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const parts = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : '';
  return `${parts}${seconds % 60}s`;
}
