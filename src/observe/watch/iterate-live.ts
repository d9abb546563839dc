import { abortError } from '../../domain/abort-error.ts';
import { abortCode, onAbort } from '../../lib/abort.ts';
import type { Clock } from '../../lib/clock.ts';

/** Items that come as they happen. */
export interface LiveSource<Item> extends Disposable {
  /** The next item; undefined where there is none now. */
  take(): Item | undefined;
  /** When there will be one, whatever happens, in milliseconds since the epoch; undefined where that is unknown. */
  reportAt(): number | undefined;
}

/** How a source is read. */
export interface LiveOptions<Item> {
  readonly clock: Clock;
  /** Ends the reading: the reader gets its reason. */
  readonly signal: AbortSignal;
  /** Opens the source, which calls `wake` when something may be taken. Not called where the signal is aborted already. */
  readonly open: (wake: () => void) => LiveSource<Item>;
}

/**
 * Reads a source from this call on: an iterable for one use. The source is disposed when the signal aborts, or when the iterable is returned, also while
 * it waits.
 */
export function iterateLive<Item>(options: LiveOptions<Item>): AsyncIterable<Item> {
  const iterator = new LiveIterator(options);
  return { [Symbol.asyncIterator]: () => iterator };
}

/** Not a generator: one that waits cannot be returned before it has what it waits for. */
class LiveIterator<Item> implements AsyncIterator<Item, void> {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #source: LiveSource<Item> | undefined;
  readonly #open = new DisposableStack();
  /** Resolves the wait for something to take. */
  #woken: PromiseWithResolvers<void> | undefined;

  constructor({ clock, signal, open }: LiveOptions<Item>) {
    const wake = (): void => this.#woken?.resolve();
    this.#clock = clock;
    this.#signal = signal;
    if (signal.aborted) return;
    this.#source = this.#open.use(open(wake));
    this.#open.defer(wake);
    this.#open.use(onAbort(signal, () => this.#open.dispose()));
  }

  async next(): Promise<IteratorResult<Item, void>> {
    for (;;) {
      if (this.#signal.aborted) throw abortError(abortCode(this.#signal));
      if (this.#open.disposed) return { done: true, value: undefined };
      const value = this.#source?.take();
      if (value !== undefined) return { done: false, value };
      await this.#wait();
    }
  }

  async return(): Promise<IteratorResult<Item, void>> {
    this.#open.dispose();
    return { done: true, value: undefined };
  }

  async #wait(): Promise<void> {
    const woken = Promise.withResolvers<void>();
    this.#woken = woken;
    const at = this.#source?.reportAt();
    using _report =
      at === undefined ? undefined : this.#clock.timer(Math.max(0, at - this.#clock.now()), woken.resolve);
    await woken.promise;
  }
}
