import type { Call } from '../domain/call.ts';
import type { Target } from '../domain/chain.ts';
import { type Failure, type FailureKind, kindOf } from '../domain/outcome.ts';
import { putBounded } from '../lib/bounded-map.ts';
import type { Clock } from '../lib/clock.ts';
import type { Cooldown, LimitState, Verdict } from '../state/limit-state.ts';
import { createForbiddenRequests } from './forbidden-requests.ts';

/** Applies the results of attempts to the limit state: cooldowns, and limits that refusals report. */
export interface FailureEffects {
  /** Puts what the failure of a call affects into cooldown, and learns the limits that its refusal reports. */
  apply(target: Target, failure: Failure, call: Call): void;
  /** Records that the account has answered: its next cooldown for billing is the shortest again, and no forbidden request counts. */
  recordAnswer(target: Target): void;
  /** Forgets refused keys, unknown models and the limits that providers reported: under a new configuration they may be outdated. */
  forget(): void;
}

/** Cooldown of a rate limit without a hint, in milliseconds, and the shortest and the longest that a hint can set. */
const RATE_MS = 60_000;
const SHORTEST_RATE_MS = 1000;
const LONGEST_RATE_MS = 3600_000;
const HOUR_MS = 3600_000;
const LONGEST_MONTH_MS = 31 * 24 * HOUR_MS;
/** The longest that a quota of each period lasts: an hour more than its days, because clocks are set back on one of them. */
const LONGEST_QUOTA_MS = { day: 25 * HOUR_MS, week: (7 * 24 + 1) * HOUR_MS, month: LONGEST_MONTH_MS } as const;
/** First cooldown of an account without money. It doubles up to the longest, which also applies to a spent day without a hint. */
const MONEY_MS = 300_000;
const LONGEST_MONEY_MS = 3600_000;
/** Cooldown of a refused key or an unknown model; a reload of the configuration ends it at once. */
const PROBE_MS = 900_000;
/** The shortest and the longest cooldown of a model that its server loads, in milliseconds. Servers only guess how long that takes. */
const SHORTEST_LOADING_MS = 1000;
const LONGEST_LOADING_MS = 60_000;
/** Accounts whose billing cooldowns are remembered at most. */
const MOST_ACCOUNTS = 10_000;

/** Failures that say nothing about billing, limits or keys, but show that the target does not work. */
const BREAKS: Readonly<Record<FailureKind, boolean>> = Object.freeze({
  overloaded: true,
  unreachable: true,
  silent: true,
  malformed: true,
  invalid_answer: false,
  gateway_overloaded: false,
  throttled: false,
  exhausted: false,
  unsuited: false,
  unauthorised: false,
  unknown_model: false,
  refused: false,
  invalid_request: false,
  cancelled: false,
});

/** Returns the effect of a failure on the circuit breaker. An error inside a 2xx reply counts as what it reports. */
export function verdictOf(failure: Failure): Verdict {
  // A failure that concerns one request only does not show that the target is unhealthy.
  if (failure.reading?.scope === 'request') return 'neither';
  return BREAKS[failure.kind] && affectedBy(failure) === 'none' ? 'failed' : 'neither';
}

/** Returns effects on `state`. Remembers the billing cooldowns of accounts, bounded and in memory. */
export function createFailureEffects(state: AffectedState, clock: Clock): FailureEffects {
  return new StateEffects(state, clock);
}

type AffectedState = Pick<LimitState, 'cool' | 'learn' | 'forget'>;

interface KeyedCooldown extends Omit<Cooldown, 'reason'> {
  readonly key: string;
}

class StateEffects implements FailureEffects {
  readonly #state: AffectedState;
  readonly #clock: Clock;
  readonly #forbidden = createForbiddenRequests();
  readonly #moneyWaits = new Map<string, { readonly ms: number; readonly until: number }>();

  constructor(state: AffectedState, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  apply(target: Target, failure: Failure, call: Call): void {
    const { reading } = failure;
    const limits = reading?.learned?.limits;
    if (limits !== undefined) this.#state.learn(target, limits);
    // A refusal that concerns one request only affects no other request.
    if (reading?.scope === 'request') {
      if (reading.status === 403 && reading.class === 'bad_request') this.#countForbidden(target, call);
      return;
    }
    const cooldown = this.#cooldownFor(target, failure);
    if (cooldown === undefined) return;
    const { key, retryAt, lasting } = cooldown;
    // An error inside a 2xx counts as what it reports, so that a new configuration forgets it as it forgets a refusal.
    const reason = reading === undefined ? failure.kind : kindOf(reading);
    this.#state.cool(key, { retryAt, lasting, reason });
  }

  /** After enough different forbidden requests the key itself is refused, whatever the texts say. */
  #countForbidden({ account }: Target, call: Call): void {
    const now = this.#clock.now();
    if (!this.#forbidden.record(account, call, now)) return;
    this.#state.cool(account, { retryAt: now + PROBE_MS, lasting: true, reason: 'unauthorised' });
  }

  recordAnswer({ account, counterKey }: Target): void {
    this.#forbidden.recordAnswer(account);
    this.#moneyWaits.delete(account);
    this.#moneyWaits.delete(counterKey);
  }

  forget(): void {
    this.#state.forget(['unauthorised', 'unknown_model']);
  }

  #cooldownFor({ account, counterKey, modelKey }: Target, failure: Failure): KeyedCooldown | undefined {
    const { reading } = failure;
    const now = this.#clock.now();
    /** No hint sets a cooldown that is longer than the limit it refers to can last. */
    const hintWithin = (longest: number): number | undefined =>
      reading?.retryAt === undefined ? undefined : Math.min(reading.retryAt, now + longest);
    switch (affectedBy(failure)) {
      case 'rate': {
        const hint = hintWithin(LONGEST_RATE_MS) ?? now + RATE_MS;
        return { key: counterKey, retryAt: Math.max(now + SHORTEST_RATE_MS, hint), lasting: false };
      }
      case 'window':
        return {
          key: counterKey,
          retryAt: hintWithin(LONGEST_QUOTA_MS[reading?.quotaPeriod ?? 'day']) ?? now + LONGEST_MONEY_MS,
          lasting: true,
        };
      case 'money': {
        // An account without quota for one model may still use its other models.
        const key = reading?.scope === 'model' ? counterKey : account;
        return { key, retryAt: hintWithin(LONGEST_MONTH_MS) ?? this.#moneyRetryAt(key, now), lasting: true };
      }
      case 'key':
        // A key that may not use one model may use others.
        return { key: reading?.scope === 'model' ? modelKey : account, retryAt: now + PROBE_MS, lasting: true };
      case 'model':
        return { key: modelKey, retryAt: now + PROBE_MS, lasting: true };
      case 'loading': {
        const hint = hintWithin(LONGEST_LOADING_MS) ?? now;
        return { key: modelKey, retryAt: Math.max(now + SHORTEST_LOADING_MS, hint), lasting: false };
      }
      case 'none':
        return undefined;
    }
  }

  #moneyRetryAt(key: string, now: number): number {
    const before = this.#moneyWaits.get(key);
    // Attempts that ran concurrently are refused together, and count as one refusal.
    if (before !== undefined && before.until > now) return before.until;
    const ms = Math.min(LONGEST_MONEY_MS, before === undefined ? MONEY_MS : before.ms * 2);
    putBounded(this.#moneyWaits, [key, { ms, until: now + ms }], MOST_ACCOUNTS);
    return now + ms;
  }
}

/** Returns what a failure affects. */
function affectedBy(failure: Failure): 'rate' | 'window' | 'money' | 'key' | 'model' | 'loading' | 'none' {
  // A server that loads a model works, so that waiting for it is enough.
  if (failure.reading?.loading === true) return 'loading';
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
    case 'invalid_request':
    case undefined:
      return 'none';
  }
}
