/**
 * An iteration that can be left before it has begun: a generator that was never asked for anything runs nothing at its return, so
 * `leave` is called for it and awaited.
 */
export function leavable<Item>(
  items: AsyncGenerator<Item, void, undefined>,
  leave: () => Promise<void>,
): AsyncIterator<Item> {
  let begun = false;
  return {
    next() {
      begun = true;
      return items.next();
    },
    async return() {
      const unread = !begun;
      begun = true;
      if (unread) await leave();
      return items.return();
    },
  };
}
