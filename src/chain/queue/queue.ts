import { onAbort } from '../../lib/abort.ts';
import { type Clock, LONGEST_TIMER_MS } from '../../lib/clock.ts';
import type { LimitState, Obstacle, Take } from '../../state/limit-state.ts';
import { type Pass, positionOf, selectNext, startPass, type Waiters } from './pass.ts';
import type { QueueRequest, QueueResult, Waiter } from './waiter.ts';

/** The queue of one chain. */
export interface Queue {
  size(): number;
  /** Whether a waiting request could use a target with this counter key. */
  waitsFor(counterKey: string): boolean;
  /** Takes targets for all requests that can be served now. The owner of the queue calls it when the state changes. */
  pump(): void;
  join(request: QueueRequest): Promise<QueueResult>;
}

/** Makes an empty queue; `onEmpty` is called when its last request is removed. */
export function createQueue(state: LimitState, clock: Clock, onEmpty: () => void): Queue {
  return new FairQueue(state, clock, onEmpty);
}

class FairQueue implements Queue {
  readonly #state: LimitState;
  readonly #clock: Clock;
  readonly #onEmpty: () => void;
  /** The waiting requests of each principal; the principal to serve next comes first. */
  readonly #waiters: Waiters = new Map();
  #size = 0;
  #pumping = false;
  #pumpAgain = false;
  #alarm: Disposable | undefined;
  /** When the alarm fires, milliseconds since the epoch. */
  #alarmAt = Infinity;

  constructor(state: LimitState, clock: Clock, onEmpty: () => void) {
    this.#state = state;
    this.#clock = clock;
    this.#onEmpty = onEmpty;
  }

  size(): number {
    return this.#size;
  }

  waitsFor(counterKey: string): boolean {
    const isWanted = ({ candidates }: Waiter): boolean =>
      candidates.some(({ target }) => target.counterKey === counterKey);
    return [...this.#waiters.values()].some((own) => [...own].some(isWanted));
  }

  pump(): void {
    void this.#pump();
  }

  join(request: QueueRequest): Promise<QueueResult> {
    const { promise, resolve } = Promise.withResolvers<QueueResult>();
    const timeout = this.#clock.timer(request.until - this.#clock.now(), () => waiter.settle({ kind: 'timed_out' }));
    const abort = onAbort(request.signal, () => waiter.settle({ kind: 'cancelled' }));
    const waiter: Waiter = {
      ...request,
      settle: (result) => {
        timeout[Symbol.dispose]();
        abort[Symbol.dispose]();
        this.#remove(waiter);
        resolve(result);
        // Another request may be first now, with other candidates.
        if (result.kind !== 'taken' && this.#size > 0) this.pump();
      },
    };
    const own = this.#waiters.get(request.principal);
    if (own === undefined) this.#waiters.set(request.principal, new Set([waiter]));
    else own.add(waiter);
    this.#size++;
    const looks = request.candidates.map((candidate) => this.#state.look(candidate));
    const obstacles = looks.filter((each) => each !== undefined);
    // Nothing has changed for the requests in front, but this one's candidates may be free and none of theirs.
    if (obstacles.length < looks.length || this.#size === 1) this.pump();
    else this.#wakeFor(obstacles, this.#alarmAt);
    if (request.onQueued !== undefined && this.#waiters.get(request.principal)?.has(waiter) === true)
      request.onQueued({ position: positionOf(this.#waiters, waiter), etaMs: this.#etaOf(obstacles) });
    return promise;
  }

  #etaOf(obstacles: readonly Obstacle[]): number | undefined {
    const earliest = Math.min(...retryTimesOf(obstacles));
    return earliest === Infinity ? undefined : Math.max(0, Math.round(earliest - this.#clock.now()));
  }

  #remove(waiter: Waiter): void {
    const own = this.#waiters.get(waiter.principal);
    own?.delete(waiter);
    if (own?.size === 0) this.#waiters.delete(waiter.principal);
    if (--this.#size > 0) return;
    this.#alarm?.[Symbol.dispose]();
    this.#alarm = undefined;
    this.#onEmpty();
  }

  /** Serves the requests in turn as long as a target can be taken. Taking one changes the state, which must not start a second run. */
  async #pump(): Promise<void> {
    this.#pumpAgain = true;
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#pumpAgain) {
      this.#pumpAgain = false;
      const pass = startPass();
      for (let next = selectNext(this.#waiters, pass); next !== undefined; next = selectNext(this.#waiters, pass)) {
        const take = this.#state.take(next.candidates);
        this.#give(next, take instanceof Promise ? await take : take, pass);
      }
      this.#wakeFor(pass.obstacles);
    }
    this.#pumping = false;
  }

  #give(
    { waiter, candidates }: NonNullable<ReturnType<typeof selectNext>>,
    { index, hold, obstacles }: Take,
    pass: Pass,
  ): void {
    const own = this.#waiters.get(waiter.principal);
    const candidate = index === undefined ? undefined : candidates[index];
    if (own?.has(waiter) !== true) {
      // The request was removed while the target was being taken.
      hold?.release('neither');
    } else if (candidate === undefined || hold === undefined) {
      pass.unserved.add(waiter);
      pass.obstacles.push(...obstacles);
      for (const { target } of candidates) pass.claimed.add(target.counterKey);
    } else {
      // A principal that was served moves behind the others.
      this.#waiters.delete(waiter.principal);
      this.#waiters.set(waiter.principal, own);
      waiter.settle({ kind: 'taken', index: waiter.candidates.indexOf(candidate), hold });
    }
  }

  /** Pumps again when the first of these obstacles clears, and at `at` the latest. */
  #wakeFor(obstacles: readonly Obstacle[], at = Infinity): void {
    const earliest = Math.min(at, ...retryTimesOf(obstacles));
    if (this.#alarm !== undefined && earliest === this.#alarmAt) return;
    this.#alarm?.[Symbol.dispose]();
    this.#alarmAt = earliest;
    const ms = Math.min(LONGEST_TIMER_MS, Math.max(1, earliest - this.#clock.now()));
    this.#alarm =
      this.#size === 0 || earliest === Infinity
        ? undefined
        : this.#clock.timer(ms, () => {
            this.#alarm = undefined;
            this.pump();
          });
  }
}

/** When the obstacles clear, as far as that is known, in milliseconds since the epoch. */
function retryTimesOf(obstacles: readonly Obstacle[]): readonly number[] {
  return obstacles.flatMap((each) => ('retryAt' in each && each.retryAt !== undefined ? [each.retryAt] : []));
}
