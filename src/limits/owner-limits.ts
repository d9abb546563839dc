import { GatewayError } from '../domain/errors.ts';
import type { WindowName } from '../domain/limits.ts';
import { countsTokens } from '../state/counter-windows.ts';
import type { CountedCandidate, LimitState, Share, TakeAll } from '../state/limit-state.ts';
import { countedOf, type Owner } from './owner.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';

/** What a request takes of the limits of its owners. */
export interface LimitedRequest {
  readonly owners: readonly Owner[];
  /** Tokens that are reserved until it is known how many were taken. */
  readonly tokens: number;
  /** Tokens that it takes at least: where a limit is smaller, waiting never helps. */
  readonly minimumTokens: number;
  /** How long it lasts at most, in milliseconds. */
  readonly lease: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

type Refusal = Extract<TakeAll, { kind: 'refused' }>;

const NOTHING: Share = Object.freeze({ settle: () => undefined, release: () => undefined });
/** A client that would have to wait longer must not retry by itself, in seconds. */
const LONGEST_RETRY_S = 60;

/**
 * Takes what a request needs of the limits of its key and its tenant, in one step. Throws `rate_limit_exceeded` or `concurrency_exceeded`, and
 * takes nothing then.
 */
export function takeLimits(state: Pick<LimitState, 'takeAll' | 'standing'>, request: LimitedRequest): Share {
  const { owners, tokens, minimumTokens, lease, now } = request;
  const limited = new Map<CountedCandidate, Owner>();
  for (const owner of owners) {
    const target = countedOf(owner);
    if (target !== undefined) limited.set({ target, tokens, minimumTokens, lease }, owner);
  }
  if (limited.size === 0) return NOTHING;
  const taken = state.takeAll([...limited.keys()]);
  if (taken.kind === 'taken') return taken.share;
  const owner = limited.get(taken.refused);
  const whose = owner === undefined ? 'this key' : `${owner.kind} '${owner.name}'`;
  throw refused(taken, whose, { now, headers: rateLimitHeaders(state, owners, now) });
}

function refused(
  { obstacle, refused: { target } }: Refusal,
  whose: string,
  { now, headers }: { readonly now: number; readonly headers: Readonly<Record<string, string>> },
): GatewayError {
  if (obstacle.window === 'concurrency') {
    const message = `The limit of ${whose} is ${target.limits.concurrency} requests at a time; wait for one to end.`;
    return new GatewayError('concurrency_exceeded', { message, retryAfter: 1, headers });
  }
  const { window } = obstacle;
  const type = countsTokens(window) ? 'tokens' : 'requests';
  const limit = `The limit of ${whose} is ${target.limits[window]} ${UNITS[window]}`;
  if (obstacle.kind === 'too_large') {
    const message = `${limit}, and this request alone takes more; send a smaller one.`;
    return new GatewayError('rate_limit_exceeded', { message, type, shouldRetry: false, headers });
  }
  const seconds = Math.max(1, Math.ceil(((obstacle.retryAt ?? now) - now) / 1000));
  return new GatewayError('rate_limit_exceeded', {
    message: `${limit}; try again in ${seconds} s.`,
    type,
    retryAfter: seconds,
    retryAt: Math.ceil(now) + seconds * 1000,
    shouldRetry: seconds > LONGEST_RETRY_S ? false : undefined,
    headers,
  });
}

const UNITS: Readonly<Record<WindowName, string>> = Object.freeze({
  requestsPerMinute: 'requests per minute',
  tokensPerMinute: 'tokens per minute',
  requestsPerDay: 'requests per day',
  tokensPerDay: 'tokens per day',
});
