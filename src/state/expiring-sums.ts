/** A sum that counts until it expires, milliseconds since the epoch. */
export interface Sum {
  readonly amount: number;
  readonly until: number;
}

/** Amounts that expire, each at its time. What expires within one step of another is kept with it, as one sum that counts until the later. */
export interface ExpiringSums {
  add(amount: number, until: number): void;
  /** What counts at `now`; forgets what has expired by then. */
  total(now: number): number;
  /** The sums that count after `time`, the next to expire first. */
  after(time: number): readonly Sum[];
  /** Takes away so much of what would expire first. */
  drop(amount: number): void;
  /** Lets nothing count for longer than until `time`. */
  cap(time: number): void;
}

/** Keeps at most as many sums as steps, in milliseconds, fit into the time for which an amount counts. */
export function createExpiringSums(step: number): ExpiringSums {
  /** In the order of their ends. `first` is the end of the first amount that came into the sum. */
  let sums: { amount: number; until: number; first: number }[] = [];
  let whole = 0;

  function forget(count: number): void {
    if (count === 0) return;
    for (const { amount } of sums.slice(0, count)) whole -= amount;
    sums = sums.slice(count);
    // Sums of fractions drift, and nothing at all is nothing.
    if (sums.length === 0) whole = 0;
  }

  function add(amount: number, until: number, first = until): void {
    if (amount <= 0) return;
    let place = sums.length;
    while (place > 0 && (sums[place - 1]?.until ?? 0) > until) place--;
    const before = sums[place - 1];
    whole += amount;
    if (before !== undefined && until - before.first < step) {
      before.amount += amount;
      before.until = until;
    } else sums.splice(place, 0, { amount, until, first });
  }

  return {
    add: (amount, until) => add(amount, until),
    total(now) {
      let expired = 0;
      while ((sums[expired]?.until ?? Infinity) <= now) expired++;
      forget(expired);
      return whole;
    },
    after: (time) => sums.filter(({ until }) => until > time),
    drop(amount) {
      if (amount <= 0) return;
      let left = amount;
      let emptied = 0;
      for (const sum of sums) {
        if (sum.amount > left) {
          sum.amount -= left;
          whole -= left;
          break;
        }
        left -= sum.amount;
        emptied++;
      }
      forget(emptied);
    },
    cap(time) {
      const later = sums.filter(({ until }) => until > time);
      const [next] = later;
      if (next === undefined) return;
      const amount = later.reduce((sum, each) => sum + each.amount, 0);
      sums = sums.slice(0, sums.length - later.length);
      whole -= amount;
      // A sum that began anew each time would go on for ever.
      add(amount, time, Math.min(next.first, time));
    },
  };
}
