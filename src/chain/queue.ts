import type { QueueLimits } from '../domain/chain.ts';
import { onAbort } from '../lib/abort.ts';
import { type Clock, LONGEST_TIMER_MS } from '../lib/clock.ts';
import type { Candidate, Hold, LimitState, Take } from '../state/limit-state.ts';

/** One who waits until any of his candidates can be taken. */
export interface Waiting {
  readonly limits: QueueLimits;
  /** Whose request it is; each principal's requests are served in order, and principals in turn. */
  readonly principal: string;
  readonly candidates: readonly Candidate[];
  /** When he no longer wants to, milliseconds since the epoch. */
  readonly until: number;
  readonly signal: AbortSignal;
}

/** What became of the waiting. */
export type Waited =
  | { readonly kind: 'taken'; readonly index: number; readonly hold: Hold }
  /** So many wait already. */
  | { readonly kind: 'full' }
  /** His time was over. */
  | { readonly kind: 'late' }
  /** His caller has left. */
  | { readonly kind: 'gone' };

/** The queues in front of chains whose entries are all cooling down. */
export interface Queues {
  /** How many wait for a chain. Who comes while anyone does must wait behind him. */
  size(chain: string): number;
  /** Waits in the chain's queue. Settles once, with what was taken for the waiter or why nothing was. Never rejects. */
  wait(chain: string, waiting: Waiting): Promise<Waited>;
}

interface Waiter extends Waiting {
  /** Leaves the queue with what became of it. */
  settle(waited: Waited): void;
}

/** Makes the queues of one gateway. Who is first is looked at whenever something is given back, and when his candidates may heal. */
export function createQueues(state: LimitState, clock: Clock): Queues {
  const queues = new Map<string, Queue>();

  function queueOf(chain: string): Queue {
    const present = queues.get(chain) ?? createQueue(state, clock, () => void queues.delete(chain));
    queues.set(chain, present);
    return present;
  }

  return {
    size: (chain) => queues.get(chain)?.size() ?? 0,
    wait(chain, waiting) {
      if (waiting.signal.aborted) return Promise.resolve({ kind: 'gone' });
      if (waiting.until <= clock.now()) return Promise.resolve({ kind: 'late' });
      // Who does not come in must not make a queue: it is left by its last waiter only.
      if ((queues.get(chain)?.size() ?? 0) >= waiting.limits.maxSize) return Promise.resolve({ kind: 'full' });
      return queueOf(chain).join(waiting);
    },
  };
}

interface Queue {
  size(): number;
  join(waiting: Waiting): Promise<Waited>;
}

function createQueue(state: LimitState, clock: Clock, onEmpty: () => void): Queue {
  /** Principals in the order of their turns, each with his own waiters in theirs. */
  const turns = new Map<string, Set<Waiter>>();
  let size = 0;
  let pumping = false;
  let again = false;
  let alarm: Disposable | undefined;
  const watching = state.watch(() => void pump());

  function leave(waiter: Waiter): void {
    const line = turns.get(waiter.principal);
    line?.delete(waiter);
    if (line?.size === 0) turns.delete(waiter.principal);
    if (--size > 0) return;
    alarm?.[Symbol.dispose]();
    watching[Symbol.dispose]();
    onEmpty();
  }

  /** Takes for who is first, as long as there is anything to take. Taking tells of a change, which must not start it anew. */
  async function pump(): Promise<void> {
    again = true;
    if (pumping) return;
    pumping = true;
    while (again) {
      again = false;
      for (let first = firstOf(turns); first !== undefined; first = firstOf(turns)) {
        const take = state.take(first.candidates);
        const taken = take instanceof Promise ? await take : take;
        if (!give(first, taken)) break;
      }
    }
    pumping = false;
  }

  /** False where there was nothing to give, and it is waited for the earliest time at which there may be. */
  function give(waiter: Waiter, { index, hold, obstacles }: Take): boolean {
    const line = turns.get(waiter.principal);
    if (line?.has(waiter) !== true) {
      // He left while it was being taken.
      hold?.settle('neither', 0);
      return true;
    }
    if (index === undefined || hold === undefined) {
      wakeFor(obstacles);
      return false;
    }
    // Whoever has had his turn goes behind the others.
    turns.delete(waiter.principal);
    turns.set(waiter.principal, line);
    waiter.settle({ kind: 'taken', index, hold });
    return true;
  }

  function wakeFor(obstacles: Take['obstacles']): void {
    alarm?.[Symbol.dispose]();
    const untils = obstacles.flatMap((each) => ('until' in each && each.until !== undefined ? [each.until] : []));
    const ms = Math.min(LONGEST_TIMER_MS, Math.max(1, Math.min(...untils) - clock.now()));
    alarm = untils.length === 0 ? undefined : clock.timer(ms, () => void pump());
  }

  return {
    size: () => size,
    join(waiting) {
      const { promise, resolve } = Promise.withResolvers<Waited>();
      const late = clock.timer(waiting.until - clock.now(), () => waiter.settle({ kind: 'late' }));
      const gone = onAbort(waiting.signal, () => waiter.settle({ kind: 'gone' }));
      const waiter: Waiter = {
        ...waiting,
        settle(waited) {
          late[Symbol.dispose]();
          gone[Symbol.dispose]();
          leave(waiter);
          resolve(waited);
          // Another may be first now, with other wishes.
          if (waited.kind !== 'taken' && size > 0) void pump();
        },
      };
      const line = turns.get(waiting.principal);
      if (line === undefined) turns.set(waiting.principal, new Set([waiter]));
      else line.add(waiter);
      // Nothing is new for those who stand before him.
      if (++size === 1) void pump();
      return promise;
    },
  };
}

function firstOf(turns: ReadonlyMap<string, ReadonlySet<Waiter>>): Waiter | undefined {
  for (const line of turns.values()) for (const waiter of line) return waiter;
  return undefined;
}
