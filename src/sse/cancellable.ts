/**
 * An iteration that can be left at any time. A generator that was never asked for anything runs nothing at its return, and one that waits
 * hears of it only afterwards; so `leave`, which ends the source and is idempotent, comes first and is awaited. It must make what is waited
 * for throw.
 */
export function cancellable<Item>(
  items: AsyncGenerator<Item, void, undefined>,
  leave: () => Promise<void>,
): AsyncIterator<Item> {
  return {
    next() {
      const item = items.next();
      // Who leaves while he waits, for a race that something else has won, need not be there any more to hear of it.
      item.catch(() => undefined);
      return item;
    },
    async return() {
      await leave();
      return items.return();
    },
    async throw(reason: unknown) {
      await leave();
      await items.return();
      throw reason;
    },
  };
}
