import type { Chain, Entry } from '../domain/chain.ts';
import type { Cooldown, Cooldowns } from '../limits/cooldowns.ts';

/** An entry in the order of trying, or the reason why it is not tried. */
export type Planned =
  | { readonly kind: 'try'; readonly entry: Entry }
  | { readonly kind: 'skip'; readonly entry: Entry; readonly cooldown: Cooldown };

/** Looks at one entry at the moment its turn comes: what an earlier attempt of this or another request taught counts. */
export function look(entry: Entry, cooldowns: Cooldowns, now: number): Planned {
  const cooldown = cooldowns.check(entry.targets[0], now);
  return cooldown === undefined ? { kind: 'try', entry } : { kind: 'skip', entry, cooldown };
}

/** How many of the chain's entries from `index` on may be asked now. */
export function usableFrom(chain: Chain, index: number, usable: (entry: Entry) => boolean): number {
  let count = 0;
  for (let at = index; at < chain.entries.length; at++) {
    const entry = chain.entries[at];
    if (entry !== undefined && usable(entry)) count++;
  }
  return count;
}
