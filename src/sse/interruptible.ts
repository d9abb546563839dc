import { abortError } from '../domain/abort-error.ts';

/** One iteration over an iterable that other code made. */
export interface Interruptible<Item> {
  readonly items: AsyncIterator<Item> & AsyncIterable<Item>;
  /** Ends the source. A pending `next` and every later one reject with `client_closed`. Idempotent; never rejects. */
  readonly cancel: () => Promise<void>;
}

/** Makes an iteration that can be interrupted while its source awaits something. The source starts at the first `next`, or at `cancel`. */
export function interruptible<Item>(iterable: AsyncIterable<Item>): Interruptible<Item> {
  let source: AsyncIterator<Item> | undefined;
  let finished = false;
  let cancelling: Promise<void> | undefined;
  const waiting = new Set<(reason: unknown) => void>();
  const started = (): AsyncIterator<Item> => (source ??= iterable[Symbol.asyncIterator]());

  function next(): Promise<IteratorResult<Item>> {
    const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Item>>();
    waiting.add(reject);
    pull().then(resolve, reject);
    return promise.finally(() => waiting.delete(reject));
  }

  async function pull(): Promise<IteratorResult<Item>> {
    if (finished) return { done: true, value: undefined };
    if (cancelling !== undefined) throw abortError('client_closed');
    try {
      const item = await started().next();
      finished ||= item.done === true && cancelling === undefined;
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
      const returned = started().return?.();
      // A generator that awaits something ends only once it has that, which may be never.
      if (busy) returned?.catch(() => undefined);
      else await returned;
    } catch {
      // No reader remains that an error of the source's cleanup could be reported to.
    }
  }

  const items = { next, [Symbol.asyncIterator]: () => items };
  return {
    items,
    cancel: () => (finished ? Promise.resolve() : (cancelling ??= end())),
  };
}
