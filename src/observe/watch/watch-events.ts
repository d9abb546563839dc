import { abortError } from '../../domain/abort-error.ts';
import type { LimitStatus } from '../../domain/limit-list.ts';
import type { Progress } from '../../domain/progress.ts';
import type { WatchedEvent, WatchKind } from '../../domain/watched-event.ts';
import { abortCode, onAbort, openAbortScope } from '../../lib/abort.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ChainEvent } from './describe-event.ts';
import { createEventReader, type EventReader } from './event-reader.ts';
import { createLimitReader, type LimitReader } from './limit-reader.ts';

/** Most events in a second for one reader. */
const PER_SECOND = 200;
/** How many of them may be rows of limits, for a reader that watches requests too. */
const ROWS_PER_SECOND = 50;

/** What a reader watches. */
export interface Watch {
  readonly kinds: ReadonlySet<WatchKind>;
  /** Whether the reader wants, and may see, the requests of this chain and tenant. */
  readonly sees: (event: Pick<ChainEvent, 'chain' | 'tenant'>) => boolean;
  /** Whether it may see the providers' words. */
  readonly messages: boolean;
  /** The rows of limits, until the signal aborts. */
  readonly rows: (signal: AbortSignal) => AsyncGenerator<LimitStatus, void, undefined>;
  /** Ends the watch: the reader gets its reason. */
  readonly signal: AbortSignal;
}

/** What all watches of a gateway share. */
export interface WatchTools {
  readonly progress: Progress;
  readonly clock: Clock;
}

/**
 * The events of a gateway from now on, and rows of limits, for one reader: an iterable for one use. It listens from this call until its signal
 * aborts or it is returned, also while it waits.
 */
export function watchEvents(tools: WatchTools, watch: Watch): AsyncIterable<WatchedEvent> {
  const iterator = new WatchIterator(tools, watch);
  return { [Symbol.asyncIterator]: () => iterator };
}

/** Not a generator: one that waits cannot be returned before it has what it waits for. */
class WatchIterator implements AsyncIterator<WatchedEvent, void> {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #events: EventReader | undefined;
  readonly #limits: LimitReader | undefined;
  readonly #open = new DisposableStack();
  /** Resolves the wait for something to take. */
  #woken: PromiseWithResolvers<void> | undefined;
  /** The rows' turn comes after each event, so that neither delays the other. */
  #isLimitsTurn = false;

  constructor({ progress, clock }: WatchTools, { kinds, sees, messages, rows, signal }: Watch) {
    const wake = (): void => this.#woken?.resolve();
    const watchesLimits = kinds.has('limit');
    const watchesRequests = kinds.size > (watchesLimits ? 1 : 0);
    this.#clock = clock;
    this.#signal = signal;
    if (signal.aborted) return;
    if (watchesRequests) {
      const perSecond = watchesLimits ? PER_SECOND - ROWS_PER_SECOND : PER_SECOND;
      const wants = (event: ChainEvent): boolean => kinds.has(event.kind) && sees(event);
      this.#events = this.#open.use(createEventReader({ progress, clock, perSecond, wants, messages, wake }));
    }
    if (watchesLimits) {
      const own = this.#open.use(openAbortScope(signal));
      this.#open.defer(() => own.abort('client_closed'));
      const perSecond = watchesRequests ? ROWS_PER_SECOND : PER_SECOND;
      this.#limits = this.#open.use(createLimitReader({ rows: rows(own.signal), clock, perSecond, wake }));
    }
    this.#open.defer(wake);
    this.#open.use(onAbort(signal, () => this.#open.dispose()));
  }

  async next(): Promise<IteratorResult<WatchedEvent, void>> {
    for (;;) {
      if (this.#signal.aborted) throw abortError(abortCode(this.#signal));
      if (this.#open.disposed) return { done: true, value: undefined };
      const value = this.#take();
      if (value !== undefined) return { done: false, value };
      await this.#wait();
    }
  }

  async return(): Promise<IteratorResult<WatchedEvent, void>> {
    this.#open.dispose();
    return { done: true, value: undefined };
  }

  #take(): WatchedEvent | undefined {
    const first = this.#isLimitsTurn ? this.#takeLimit() : this.#events?.take();
    const value = first ?? (this.#isLimitsTurn ? this.#events?.take() : this.#takeLimit());
    this.#isLimitsTurn = value !== undefined && value.kind !== 'limit';
    return value;
  }

  #takeLimit(): WatchedEvent | undefined {
    const limit = this.#limits?.take();
    return limit && { kind: 'limit', limit };
  }

  /** Waits until something may be taken: an event, a row, or a report of lost events. */
  async #wait(): Promise<void> {
    const woken = Promise.withResolvers<void>();
    this.#woken = woken;
    const at = this.#events?.reportAt();
    using _report =
      at === undefined ? undefined : this.#clock.timer(Math.max(0, at - this.#clock.now()), woken.resolve);
    await woken.promise;
  }
}
