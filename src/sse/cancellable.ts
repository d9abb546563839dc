/**
 * Makes an iteration that can be cancelled at any time. A generator that was never started runs nothing at its `return`, and one that
 * awaits something runs its `return` only afterwards. So `cancel`, which ends the source and is idempotent, is called first and awaited. It
 * must make whatever the generator awaits reject.
 */
export function cancellable<Item>(
  items: AsyncGenerator<Item, void, undefined>,
  cancel: () => Promise<void>,
): AsyncIterator<Item> {
  return {
    next() {
      const item = items.next();
      // A reader that cancels during a race may have dropped this promise, so its rejection must count as handled.
      item.catch(() => undefined);
      return item;
    },
    async return() {
      await cancel();
      return items.return();
    },
    async throw(reason: unknown) {
      await cancel();
      await items.return();
      throw reason;
    },
  };
}
