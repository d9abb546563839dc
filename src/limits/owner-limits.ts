import { GatewayError } from '../domain/errors.ts';
import type { WindowName } from '../domain/limits.ts';
import type { OwnerRefusal } from '../domain/owner-refusal.ts';
import { countsTokens } from '../state/counter-windows.ts';
import type { Counted, CountedDemand, LimitState, Share, TakeAll } from '../state/limit-state.ts';
import type { Owner } from './owner.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';

/** The limits that a request counts against. */
export interface RequestLimits {
  readonly owners: readonly Owner[];
  /** What is counted of these owners. */
  readonly counted: readonly Counted[];
}

/** What a request would take now. */
export interface DemandNow extends CountedDemand {
  /** Milliseconds since the epoch. */
  readonly now: number;
}

type Refusal = Extract<TakeAll, { kind: 'refused' }>;

const NOTHING: Share = Object.freeze({ settle: () => undefined, release: () => undefined });
/** A client that would have to wait longer must not retry by itself, in seconds. */
const LONGEST_RETRY_S = 60;

/**
 * Takes what a request needs of the limits of its key and its tenant, in one step. Throws or rejects with `rate_limit_exceeded` or `concurrency_exceeded`, and
 * takes nothing then.
 */
export function takeLimits(
  state: Pick<LimitState, 'takeAll' | 'tightest'>,
  { owners, counted }: RequestLimits,
  demand: DemandNow,
): Share | Promise<Share> {
  if (counted.length === 0) return NOTHING;
  const taken = state.takeAll(counted, demand);
  const shareOf = (result: TakeAll): Share => {
    if (result.kind === 'taken') return result.share;
    throw refusalOf(result);
  };
  return taken instanceof Promise ? taken.then(shareOf) : shareOf(taken);

  function refusalOf(refusal: Refusal): GatewayError {
    const owner = owners.find((each) => each.counted === refusal.refused);
    const whose = owner === undefined ? 'this key' : `${owner.kind} '${owner.name}'`;
    const { now } = demand;
    return refused(refusal, {
      whose,
      scope: owner?.kind ?? 'key',
      now,
      headers: rateLimitHeaders(state, counted, now),
    });
  }
}

interface RefusalFacts {
  /** For people. */
  readonly whose: string;
  readonly scope: OwnerRefusal['scope'];
  readonly now: number;
  readonly headers: Readonly<Record<string, string>>;
}

function refused(
  { obstacle, refused: { limits } }: Refusal,
  { whose, scope, now, headers }: RefusalFacts,
): GatewayError {
  if (obstacle.window === 'concurrency') {
    const message = `The limit of ${whose} is ${limits.concurrency} requests at a time; wait for one to end.`;
    const refusal = { scope, kind: 'concurrency' } as const;
    return new GatewayError('concurrency_exceeded', { message, refusal, retryAfter: 1, headers });
  }
  const { window } = obstacle;
  const type = countsTokens(window) ? 'tokens' : 'requests';
  const refusal = { scope, kind: type } as const;
  const limit = `The limit of ${whose} is ${limits[window]} ${UNITS[window]}`;
  if (obstacle.kind === 'too_large') {
    const message = `${limit}, and this request alone takes more; send a smaller one.`;
    return new GatewayError('rate_limit_exceeded', { message, type, refusal, shouldRetry: false, headers });
  }
  const seconds = Math.max(1, Math.ceil(((obstacle.retryAt ?? now) - now) / 1000));
  return new GatewayError('rate_limit_exceeded', {
    message: `${limit}; try again in ${seconds} s.`,
    type,
    refusal,
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
