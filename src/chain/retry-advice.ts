import type { Chain } from '../domain/chain.ts';
import type { ErrorDetails } from '../domain/errors.ts';
import { isDaily } from '../domain/limits.ts';
import type { Failure } from '../domain/outcome.ts';
import type { LimitState } from '../state/limit-state.ts';
import type { Remaining } from './candidates.ts';
import type { GrowingWaits } from './growing-waits.ts';
import type { Planned } from './plan/planned.ts';

/** Longest wait in `retry-after`, in milliseconds; a longer one is in `retry_at`. */
const LONGEST_RETRY_MS = 60_000;
/** Assumed wait for an entry that is at its concurrency limit, in milliseconds. */
const SOON_MS = 1000;

/** The part of an exhaustion that decides when a retry may help. */
export interface Unanswered {
  readonly chain: Chain;
  /** The last failure of each target that was tried. */
  readonly failures: ReadonlyMap<Planned, Failure>;
  /** What may still be tried later. */
  readonly remaining: readonly Remaining[];
}

/** What is known beside the request. `now` in milliseconds since the epoch. */
export interface AdviceTools {
  readonly state: Pick<LimitState, 'status'>;
  readonly growingWaits: GrowingWaits;
  readonly now: number;
}

/** What an error says of a retry. */
export type RetryAdvice = Pick<ErrorDetails, 'retryAfter' | 'shouldRetry' | 'retryAt'>;

/**
 * When a client should retry a request that no entry answered. Where a limit ends at a known time and its entry works otherwise, that is the
 * time. Where entries fail without a reason that ends by itself, the wait grows with each further exhaustion of the chain. The shorter wait
 * counts.
 */
export function adviseRetry(unanswered: Unanswered, tools: AdviceTools): RetryAdvice {
  const recoveries = unanswered.remaining.map((each) => recoveryOf(each, unanswered, tools));
  const known = shortest(recoveries, 'known');
  const ms = recoveries.some(({ kind }) => kind === 'failing') ? waitWhileFailing(known, unanswered, tools) : known;
  if (ms <= LONGEST_RETRY_MS) return { retryAfter: Math.max(1, Math.ceil(ms / 1000)) };
  const retryAt = tools.now + Math.min(ms, shortest(recoveries, 'lasting'));
  return {
    retryAfter: Math.ceil(Math.min(LONGEST_RETRY_MS, Math.max(1000, retryAt - tools.now)) / 1000),
    shouldRetry: false,
    ...(Number.isFinite(retryAt) ? { retryAt: Math.round(retryAt) } : {}),
  };
}

/** `known`: milliseconds until an entry recovers for certain; Infinity for never. */
function waitWhileFailing(known: number, { chain, remaining }: Unanswered, tools: AdviceTools): number {
  const grown = tools.growingWaits.failed(chain.name, tools.now) * 1000;
  return Math.min(known, chain.lastResort ? grown : Math.max(grown, untilProbe(remaining, tools.now)));
}

/** Milliseconds until the first open breaker admits a probe, before which nothing is sent; 0 where an entry without an open one fails. */
function untilProbe(remaining: Unanswered['remaining'], now: number): number {
  const waits = remaining.map(({ obstacle }) => {
    if (obstacle === undefined) return 0;
    return obstacle.kind === 'breaker_open' ? waitUntil(obstacle.retryAt, now) : Infinity;
  });
  const first = Math.min(...waits);
  return Number.isFinite(first) ? first : 0;
}

/** When a target may serve again. `known`: after `ms`; `lasting`: after `ms`, which is long or uncertain; `failing`: at no known time. */
interface Recovery {
  readonly kind: 'known' | 'lasting' | 'failing';
  /** Milliseconds from now; Infinity for never. */
  readonly ms: number;
}

const FAILING: Recovery = Object.freeze({ kind: 'failing', ms: Infinity });

function recoveryOf({ planned, obstacle }: Remaining, { failures }: Unanswered, tools: AdviceTools): Recovery {
  switch (obstacle?.kind) {
    case 'too_large':
      return { kind: 'lasting', ms: Infinity };
    case 'breaker_open':
      return FAILING;
    case 'limited': {
      const lasting = obstacle.window !== 'concurrency' && isDaily(obstacle.window);
      return { kind: lasting ? 'lasting' : 'known', ms: waitUntil(obstacle.retryAt, tools.now) };
    }
    case 'cooling_down': {
      if (obstacle.lasting) return { kind: 'lasting', ms: waitUntil(obstacle.retryAt, tools.now) };
      // It would only fail once its limit has ended.
      if (tools.state.status(planned.target).breaker.state !== 'closed') return FAILING;
      return { kind: 'known', ms: waitUntil(obstacle.retryAt, tools.now) };
    }
    case undefined:
      return hasFailed(planned, failures) ? FAILING : { kind: 'known', ms: SOON_MS };
  }
}

/** Whether a target, or else another key of its entry, has failed for another reason than a limit, which may have ended since. */
function hasFailed(planned: Planned, failures: Unanswered['failures']): boolean {
  const own = failures.get(planned);
  const all = own ? [own] : [...failures].flatMap(([{ entry }, each]) => (entry === planned.entry ? [each] : []));
  return all.some(({ kind }) => kind !== 'throttled' && kind !== 'exhausted');
}

function waitUntil(retryAt: number | undefined, now: number): number {
  return retryAt === undefined ? SOON_MS : retryAt - now;
}

function shortest(recoveries: readonly Recovery[], kind: Recovery['kind']): number {
  return Math.min(...recoveries.map((each) => (each.kind === kind ? each.ms : Infinity)));
}
