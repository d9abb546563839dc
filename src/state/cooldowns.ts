import type { Cooldown } from './limit-state.ts';

/** Keys kept at most; models named by callers must not fill the memory. */
const MOST_KEYS = 10_000;

/** What is left alone, by key. Bounded; what has expired is dropped when it is asked about. */
export interface Cooldowns {
  /** The longest that stands over any of these keys. */
  find(keys: readonly string[], now: number): Cooldown | undefined;
  /** False where a longer one stands already. */
  put(key: string, cooldown: Cooldown): boolean;
  /** Forgets those for which `forgets` says so, and answers their keys. */
  forgive(forgets: (cooldown: Cooldown) => boolean): readonly string[];
  all(now: number): readonly (Cooldown & { readonly key: string })[];
}

/** Makes an empty memory of cooldowns. */
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
    forgive(forgets) {
      const keys = [...known].flatMap(([key, cooldown]) => (forgets(cooldown) ? [key] : []));
      for (const key of keys) known.delete(key);
      return keys;
    },
    all: (now) => [...known].flatMap(([key, cooldown]) => (cooldown.retryAt > now ? [{ key, ...cooldown }] : [])),
  };
}

/** Whose end is the next. Only who names thousands of models pays for the search. */
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
