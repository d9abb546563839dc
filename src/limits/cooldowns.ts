import type { Target } from '../domain/chain.ts';
import type { Failure } from '../domain/outcome.ts';

/** Why and until when a target is not asked. */
export interface Cooldown {
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** Waiting a little does not help: money, keys, a missing model, a spent day. */
  readonly lasting: boolean;
  readonly reason: Failure['kind'];
}

/** What is known of targets that cannot serve now. In memory, bounded, exact for one process. */
export interface Cooldowns {
  /** The longest cooldown that covers the target at `now`; undefined when it may be asked. */
  check(target: Target, now: number): Cooldown | undefined;
  /** Learns from a failed attempt. A later, shorter cooldown never shortens a longer one. */
  learn(target: Target, failure: Failure, now: number): void;
  /** Forgets refused keys and missing models: a new configuration may have mended them. */
  forgive(): void;
}

/** A rate limit without a hint, in milliseconds. */
const RATE_MS = 60_000;
/** The first wait of an account without money; it doubles up to the longest. */
const MONEY_MS = 300_000;
const LONGEST_MONEY_MS = 3600_000;
/** A refused key or a missing model is asked again after this long; a reload of the configuration asks at once. */
const PROBE_MS = 900_000;
/** Keys kept at most; models named by callers must not fill the memory. */
const MOST_KEYS = 10_000;

/** Makes an empty memory of cooldowns. */
export function createCooldowns(): Cooldowns {
  const known = new Map<string, Cooldown>();
  const moneyWaits = new Map<string, number>();

  function put(key: string, cooldown: Cooldown): void {
    const present = known.get(key);
    if (present !== undefined && present.until >= cooldown.until) return;
    known.delete(key);
    known.set(key, cooldown);
    const oldest = known.keys().next();
    if (known.size > MOST_KEYS && oldest.done !== true) known.delete(oldest.value);
  }

  function moneyWait(account: string): number {
    const wait = Math.min(LONGEST_MONEY_MS, (moneyWaits.get(account) ?? MONEY_MS / 2) * 2);
    moneyWaits.set(account, wait);
    return wait;
  }

  return {
    forgive() {
      for (const [key, { reason }] of known)
        if (reason === 'unauthorised' || reason === 'unknown_model') known.delete(key);
    },
    check(target, now) {
      const found = [target.account, modelKey(target)].map((key) => {
        const each = known.get(key);
        if (each === undefined || each.until > now) return each;
        known.delete(key);
        return undefined;
      });
      return found.reduce((longest, each) => ((each?.until ?? 0) > (longest?.until ?? 0) ? each : longest), undefined);
    },
    learn(target, failure, now) {
      const healsAt = failure.reading?.healsAt;
      const reason = failure.kind;
      switch (effectOf(failure)) {
        case 'rate':
          return put(modelKey(target), { until: healsAt ?? now + RATE_MS, lasting: false, reason });
        case 'window':
          return put(modelKey(target), { until: healsAt ?? now + LONGEST_MONEY_MS, lasting: true, reason });
        case 'money':
          return put(target.account, { until: now + moneyWait(target.account), lasting: true, reason });
        case 'key':
          return put(target.account, { until: now + PROBE_MS, lasting: true, reason });
        case 'model':
          return put(modelKey(target), { until: now + PROBE_MS, lasting: true, reason });
        case 'none':
          return undefined;
      }
    },
  };
}

function modelKey(target: Target): string {
  return `${target.account}/${target.model}`;
}

/** What a failure takes out of service. An error inside a 200 counts as what it says. */
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
