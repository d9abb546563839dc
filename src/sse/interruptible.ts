import { abortError } from '../domain/abort-error.ts';

/** One iteration over an iterable that somebody else has made. */
export interface Interruptible<Item> {
  readonly items: AsyncIterator<Item> & AsyncIterable<Item>;
  /** Ends the source. What is waited for then, and whatever is asked afterwards, throws `client_closed`; idempotent, and never rejects. */
  readonly leave: () => Promise<void>;
}

/** Makes an iteration that can be interrupted while its source waits for something. The source is begun when it is first asked, or left. */
export function interruptible<Item>(iterable: AsyncIterable<Item>): Interruptible<Item> {
  let source: AsyncIterator<Item> | undefined;
  let finished = false;
  let leaving: Promise<void> | undefined;
  const waiting = new Set<(reason: unknown) => void>();
  const begun = (): AsyncIterator<Item> => (source ??= iterable[Symbol.asyncIterator]());

  function next(): Promise<IteratorResult<Item>> {
    const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Item>>();
    waiting.add(reject);
    pull().then(resolve, reject);
    return promise.finally(() => waiting.delete(reject));
  }

  async function pull(): Promise<IteratorResult<Item>> {
    if (finished) return { done: true, value: undefined };
    if (leaving !== undefined) throw abortError('client_closed');
    try {
      const item = await begun().next();
      finished ||= item.done === true && leaving === undefined;
      return item;
    } catch (thrown) {
      finished = true;
      throw thrown;
    }
  }

  async function end(): Promise<void> {
    const busy = waiting.size > 0;
    for (const interrupt of waiting) interrupt(abortError('client_closed'));
    try {
      const returned = begun().return?.();
      // A generator that waits ends only when it has what it waits for, which may be never.
      if (busy) returned?.catch(() => undefined);
      else await returned;
    } catch {
      // What its source throws at its end concerns nobody any more.
    }
  }

  const items = { next, [Symbol.asyncIterator]: () => items };
  return {
    items,
    leave: () => (finished ? Promise.resolve() : (leaving ??= end())),
  };
}
