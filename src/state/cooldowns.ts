import type { FailureKind } from '../domain/outcome.ts';
import type { Cooldown } from './limit-state.ts';

/** Keys kept at most: models named by clients must not fill the memory. */
const MOST_KEYS = 10_000;

/** Cooldowns by key. Bounded; an expired one is dropped when its key is looked up. Times in milliseconds since the epoch. */
export interface Cooldowns {
  /** Returns the longest cooldown of any of these keys. */
  find(keys: readonly string[], now: number): Cooldown | undefined;
  /** Puts a key into cooldown; returns false, and changes nothing, when it is already in one that is as long or longer. */
  put(key: string, cooldown: Cooldown): boolean;
  /** Forgets the cooldowns with these reasons; returns their keys. */
  forget(reasons: readonly FailureKind[]): readonly string[];
  all(now: number): readonly (Cooldown & { readonly key: string })[];
}

/** Returns empty cooldowns, kept in memory. */
export function createCooldowns(): Cooldowns {
  const known = new Map<string, Cooldown>();

  function current(key: string, now: number): Cooldown | undefined {
    const found = known.get(key);
    if (found === undefined || found.retryAt > now) return found;
    known.delete(key);
    return undefined;
  }

  return {
    find(keys, now) {
      let longest: Cooldown | undefined;
      if (known.size === 0) return longest;
      for (const key of keys) {
        const each = current(key, now);
        if (each !== undefined && each.retryAt > (longest?.retryAt ?? 0)) longest = each;
      }
      return longest;
    },
    put(key, cooldown) {
      const present = known.get(key);
      if (present !== undefined && present.retryAt >= cooldown.retryAt) return false;
      known.delete(key);
      known.set(key, cooldown);
      if (known.size > MOST_KEYS) known.delete(soonestOf(known));
      return true;
    },
    forget(reasons) {
      const keys = [...known].flatMap(([key, { reason }]) => (reasons.includes(reason) ? [key] : []));
      for (const key of keys) known.delete(key);
      return keys;
    },
    all: (now) => [...known].flatMap(([key, cooldown]) => (cooldown.retryAt > now ? [{ key, ...cooldown }] : [])),
  };
}

/** The key whose cooldown ends next. Only a client that names thousands of models causes this search. */
function soonestOf(known: ReadonlyMap<string, Cooldown>): string {
  let soonest = '';
  let earliest = Infinity;
  for (const [key, { retryAt }] of known) {
    if (retryAt >= earliest) continue;
    earliest = retryAt;
    soonest = key;
  }
  return soonest;
}
