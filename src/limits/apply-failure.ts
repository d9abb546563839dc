import type { Target } from '../domain/chain.ts';
import { type Failure, type FailureKind, kindOf } from '../domain/outcome.ts';
import { putBounded } from '../lib/bounded-map.ts';
import type { Clock } from '../lib/clock.ts';
import type { Cooldown, LimitState, Verdict } from '../state/limit-state.ts';

/** What failed attempts teach of those who were asked. */
export interface FailureEffects {
  /** Leaves alone what a failure takes out of service, and learns the limits that it tells. */
  learn(target: Target, failure: Failure): void;
  /** An account has answered, so it has money. */
  answered(target: Target): void;
  /** Forgets refused keys, missing models and the limits that vendors told: by a new configuration they may be otherwise. */
  forgive(): void;
}

/** A rate limit without a hint, in milliseconds, and the shortest and the longest that a hint may say. */
const RATE_MS = 60_000;
const SHORTEST_RATE_MS = 1000;
const LONGEST_RATE_MS = 3600_000;
/** A day, and one on which the clocks are set back. */
const LONGEST_DAY_MS = 25 * 3600_000;
const LONGEST_MONTH_MS = 31 * 24 * 3600_000;
/** The first wait of an account without money; it doubles up to the longest, which is also that of a spent day without a hint. */
const MONEY_MS = 300_000;
const LONGEST_MONEY_MS = 3600_000;
/** A refused key or a missing model is asked again after this long; a reload of the configuration asks at once. */
const PROBE_MS = 900_000;
/** Accounts whose waits are remembered at most. */
const MOST_ACCOUNTS = 10_000;

/** Failures that say nothing of money, limits or keys, but that the one asked does not work. */
const BREAKS: Readonly<Record<FailureKind, boolean>> = Object.freeze({
  overloaded: true,
  unreachable: true,
  silent: true,
  malformed: true,
  throttled: false,
  exhausted: false,
  unsuited: false,
  unauthorised: false,
  unknown_model: false,
  rejected: false,
  cancelled: false,
});

/** What a failure says to the breaker of the one asked. An error inside a 200 counts as what it says. */
export function verdictOf(failure: Failure): Verdict {
  // A request's own trouble is no fault of who was asked.
  if (failure.reading?.scope === 'request') return 'neither';
  return BREAKS[failure.kind] && effectOf(failure) === 'none' ? 'failed' : 'neither';
}

/** Makes lessons that are kept in a state. */
export function createFailureEffects(
  state: Pick<LimitState, 'cool' | 'learn' | 'forgive'>,
  clock: Clock,
): FailureEffects {
  const moneyWaits = new Map<string, { readonly ms: number; readonly until: number }>();

  function moneyUntil(key: string, now: number): number {
    const before = moneyWaits.get(key);
    // Those that were under way together are refused together, and tell one thing.
    if (before !== undefined && before.until > now) return before.until;
    const ms = Math.min(LONGEST_MONEY_MS, before === undefined ? MONEY_MS : before.ms * 2);
    putBounded(moneyWaits, [key, { ms, until: now + ms }], MOST_ACCOUNTS);
    return now + ms;
  }

  return {
    forgive: () => state.forgive(({ reason }) => reason === 'unauthorised' || reason === 'unknown_model'),
    answered({ account, counterKey }) {
      moneyWaits.delete(account);
      moneyWaits.delete(counterKey);
    },
    learn(target, failure) {
      const { reading } = failure;
      // What is told inside of a 200 is what it says, so that a new configuration forgives it alike.
      const reason = reading === undefined ? failure.kind : kindOf(reading.class);
      const now = clock.now();
      const limits = reading?.learned?.limits;
      if (limits !== undefined) state.learn(target, limits);
      const cool = (key: string, until: number, lasting: boolean): void => {
        const cooldown: Cooldown = { retryAt: until, lasting, reason };
        state.cool(key, cooldown);
      };
      // What a refusal says of its own request takes nothing from others.
      if (reading?.scope === 'request') return undefined;
      /** No reply takes anything out of service for longer than what it speaks of can last. */
      const retryAt = (longest: number): number | undefined =>
        reading?.retryAt === undefined ? undefined : Math.min(reading.retryAt, now + longest);
      switch (effectOf(failure)) {
        case 'rate':
          return cool(
            target.counterKey,
            Math.max(now + SHORTEST_RATE_MS, retryAt(LONGEST_RATE_MS) ?? now + RATE_MS),
            false,
          );
        case 'window':
          return cool(target.counterKey, retryAt(LONGEST_DAY_MS) ?? now + LONGEST_MONEY_MS, true);
        case 'money': {
          // A model that an account gets none of costs the account's other models nothing.
          const key = reading?.scope === 'model' ? target.counterKey : target.account;
          return cool(key, retryAt(LONGEST_MONTH_MS) ?? moneyUntil(key, now), true);
        }
        case 'key':
          // A key that may not use one model may use others.
          return cool(reading?.scope === 'model' ? target.modelKey : target.account, now + PROBE_MS, true);
        case 'model':
          return cool(target.modelKey, now + PROBE_MS, true);
        case 'none':
          return undefined;
      }
    },
  };
}

/** What a failure takes out of service. */
function effectOf(failure: Failure): 'rate' | 'window' | 'money' | 'key' | 'model' | 'none' {
  switch (failure.reading?.class) {
    case 'rate_limited':
      return 'rate';
    case 'quota_day':
      return 'window';
    case 'no_money':
      return 'money';
    case 'auth':
      return 'key';
    case 'model_gone':
      return 'model';
    case 'overloaded':
    case 'server':
    case 'timeout':
    case 'model_error':
    case 'too_large_for_limit':
    case 'context_length':
    case 'content_filter':
    case 'bad_request':
    case undefined:
      return 'none';
  }
}
