/** A sum that counts until it expires, milliseconds since the epoch. */
export interface Sum {
  readonly amount: number;
  readonly until: number;
}

/**
 * Amounts that expire, each at its time. Amounts that expire within one step of each other form one sum, which counts until the last of them
 * expires.
 */
export interface ExpiringSums {
  add(amount: number, until: number): void;
  /** Returns what counts at `now`; forgets what has expired by then. */
  total(now: number): number;
  /** Returns the sums that still count after `time`, the next to expire first. */
  after(time: number): readonly Sum[];
  /** When the last sum expires; 0 without one. */
  last(): number;
  /** Takes `amount` away, from the sums that expire first. */
  drop(amount: number): void;
  /** Makes every sum expire at `time` at the latest. */
  cap(time: number): void;
}

/** Returns empty sums. Keeps at most as many of them as steps, in milliseconds, fit into the time for which an amount counts. */
export function createExpiringSums(step: number): ExpiringSums {
  /** Ordered by expiry. `first` is the expiry of the first amount that was added to the sum. */
  let sums: { amount: number; until: number; first: number }[] = [];
  let whole = 0;

  function removeFirst(count: number): void {
    if (count === 0) return;
    for (const { amount } of sums.slice(0, count)) whole -= amount;
    sums = sums.slice(count);
    // Sums of fractions drift; without sums the total is exactly 0.
    if (sums.length === 0) whole = 0;
  }

  function add(amount: number, until: number, first = until): void {
    if (amount <= 0) return;
    let index = sums.length;
    while (index > 0 && (sums[index - 1]?.until ?? 0) > until) index--;
    const before = sums[index - 1];
    whole += amount;
    if (before !== undefined && until - before.first < step) {
      before.amount += amount;
      before.until = until;
    } else sums.splice(index, 0, { amount, until, first });
  }

  return {
    add: (amount, until) => add(amount, until),
    total(now) {
      let expired = 0;
      while ((sums[expired]?.until ?? Infinity) <= now) expired++;
      removeFirst(expired);
      return whole;
    },
    last: () => sums.at(-1)?.until ?? 0,
    after: (time) => sums.filter(({ until }) => until > time),
    drop(amount) {
      if (amount <= 0) return;
      let remaining = amount;
      let emptied = 0;
      for (const sum of sums) {
        if (sum.amount > remaining) {
          sum.amount -= remaining;
          whole -= remaining;
          break;
        }
        remaining -= sum.amount;
        emptied++;
      }
      removeFirst(emptied);
    },
    cap(time) {
      const later = sums.filter(({ until }) => until > time);
      const [next] = later;
      if (next === undefined) return;
      const amount = later.reduce((sum, each) => sum + each.amount, 0);
      sums = sums.slice(0, sums.length - later.length);
      whole -= amount;
      // Keeps the first expiry: a sum that restarted its step with each cap would grow for ever.
      add(amount, time, Math.min(next.first, time));
    },
  };
}
