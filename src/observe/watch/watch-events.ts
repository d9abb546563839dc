import type { LimitStatus } from '../../domain/limit-list.ts';
import type { Progress } from '../../domain/progress.ts';
import type { WatchedEvent, WatchKind } from '../../domain/watched-event.ts';
import { openAbortScope } from '../../lib/abort.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ChainEvent } from './describe-event.ts';
import { createEventReader, type EventReader } from './event-reader.ts';
import { iterateLive, type LiveSource } from './iterate-live.ts';
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
  const { clock } = tools;
  const { signal } = watch;
  return iterateLive({ clock, signal, open: (wake) => new WatchSource(tools, watch, wake) });
}

class WatchSource implements LiveSource<WatchedEvent> {
  readonly #events: EventReader | undefined;
  readonly #limits: LimitReader | undefined;
  readonly #open = new DisposableStack();
  /** The rows' turn comes after each event, so that neither delays the other. */
  #isLimitsTurn = false;

  constructor({ progress, clock }: WatchTools, { kinds, sees, messages, rows, signal }: Watch, wake: () => void) {
    const watchesLimits = kinds.has('limit');
    const watchesRequests = kinds.size > (watchesLimits ? 1 : 0);
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
  }

  take(): WatchedEvent | undefined {
    const first = this.#isLimitsTurn ? this.#takeLimit() : this.#events?.take();
    const value = first ?? (this.#isLimitsTurn ? this.#events?.take() : this.#takeLimit());
    this.#isLimitsTurn = value !== undefined && value.kind !== 'limit';
    return value;
  }

  reportAt(): number | undefined {
    return this.#events?.reportAt();
  }

  [Symbol.dispose](): void {
    this.#open.dispose();
  }

  #takeLimit(): WatchedEvent | undefined {
    const limit = this.#limits?.take();
    return limit && { kind: 'limit', limit };
  }
}
