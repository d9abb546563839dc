/**
 * An iteration that can be left before it has begun: a generator that was never asked for anything runs nothing at its return, so
 * `leave` is called for it.
 */
export function leavable<Item>(items: AsyncGenerator<Item, void, undefined>, leave: () => void): AsyncIterator<Item> {
  let begun = false;
  return {
    next() {
      begun = true;
      return items.next();
    },
    return() {
      if (!begun) leave();
      begun = true;
      return items.return();
    },
  };
}
