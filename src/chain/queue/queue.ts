import type { QueueLimits } from '../../domain/chain.ts';
import { onAbort } from '../../lib/abort.ts';
import { type Clock, LONGEST_TIMER_MS } from '../../lib/clock.ts';
import type { Candidate, Hold, LimitState, Obstacle, Take } from '../../state/limit-state.ts';

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

interface Waiter extends Waiting {
  /** Leaves the queue with what became of it. */
  settle(waited: Waited): void;
}

/** The queue of one chain. */
export interface Queue {
  size(): number;
  /** Whether anybody who waits would take of what is counted under this key. */
  wants(counterKey: string): boolean;
  /** Takes for whoever can be given something. */
  pump(): void;
  join(waiting: Waiting): Promise<Waited>;
}

/** Makes an empty one; `onEmpty` is told when its last waiter has left. Whoever pumps it hears of changes. */
export function createQueue(state: LimitState, clock: Clock, onEmpty: () => void): Queue {
  /** Principals in the order of their turns, each with his own waiters in theirs. */
  const turns = new Map<string, Set<Waiter>>();
  let size = 0;
  let pumping = false;
  let again = false;
  let alarm: Disposable | undefined;
  /** When it goes off, milliseconds since the epoch. */
  let wakesAt = Infinity;

  function leave(waiter: Waiter): void {
    const line = turns.get(waiter.principal);
    line?.delete(waiter);
    if (line?.size === 0) turns.delete(waiter.principal);
    if (--size > 0) return;
    alarm?.[Symbol.dispose]();
    alarm = undefined;
    onEmpty();
  }

  /** Takes for who is first, as long as there is anything to take. Taking tells of a change, which must not start it anew. */
  async function pump(): Promise<void> {
    again = true;
    if (pumping) return;
    pumping = true;
    while (again) {
      again = false;
      const passed = startPass();
      for (let next = nextOf(turns, passed); next !== undefined; next = nextOf(turns, passed)) {
        const take = state.take(next.candidates);
        const taken = take instanceof Promise ? await take : take;
        give(next, taken, passed);
      }
      wakeFor(passed.obstacles);
    }
    pumping = false;
  }

  function give({ waiter, candidates }: Next, { index, hold, obstacles }: Take, passed: Pass): void {
    const line = turns.get(waiter.principal);
    const candidate = index === undefined ? undefined : candidates[index];
    if (line?.has(waiter) !== true) {
      // He left while it was being taken.
      hold?.cancel('neither');
    } else if (candidate === undefined || hold === undefined) {
      passed.waiters.add(waiter);
      passed.obstacles.push(...obstacles);
      for (const { target } of candidates) passed.spent.add(target.counterKey);
    } else {
      // Whoever has had his turn goes behind the others.
      turns.delete(waiter.principal);
      turns.set(waiter.principal, line);
      waiter.settle({ kind: 'taken', index: waiter.candidates.indexOf(candidate), hold });
    }
  }

  /** Looks again when the first of these is over, and at `at` the latest. */
  function wakeFor(obstacles: readonly Obstacle[], at = Infinity): void {
    const retryTimes = obstacles.flatMap((each) =>
      'retryAt' in each && each.retryAt !== undefined ? [each.retryAt] : [],
    );
    const earliest = Math.min(at, ...retryTimes);
    if (alarm !== undefined && earliest === wakesAt) return;
    alarm?.[Symbol.dispose]();
    wakesAt = earliest;
    const ms = Math.min(LONGEST_TIMER_MS, Math.max(1, earliest - clock.now()));
    alarm = size === 0 || earliest === Infinity ? undefined : clock.timer(ms, wake);
  }

  function wake(): void {
    alarm = undefined;
    void pump();
  }

  return {
    size: () => size,
    wants: (counterKey) =>
      [...turns.values()].some((line) =>
        [...line].some(({ candidates }) => candidates.some(({ target }) => target.counterKey === counterKey)),
      ),
    pump: () => void pump(),
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
      size++;
      const obstacles = waiting.candidates.map((candidate) => state.look(candidate));
      const standing = obstacles.filter((each) => each !== undefined);
      // Nothing is new for those who stand before him, and what he wants may be free though it is not theirs.
      if (standing.length < obstacles.length || size === 1) void pump();
      else wakeFor(standing, wakesAt);
      return promise;
    },
  };
}

/** One way along the line. */
interface Pass {
  /** Those who could not be given anything. */
  readonly waiters: Set<Waiter>;
  /** What they wait for; nobody behind them is given any of it before they are. */
  readonly spent: Set<string>;
  readonly obstacles: Obstacle[];
}

/** Who is next, with those of his candidates that nobody before him waits for. */
interface Next {
  readonly waiter: Waiter;
  readonly candidates: readonly Candidate[];
}

function startPass(): Pass {
  return { waiters: new Set(), spent: new Set(), obstacles: [] };
}

function nextOf(turns: ReadonlyMap<string, ReadonlySet<Waiter>>, { waiters, spent }: Pass): Next | undefined {
  for (const line of turns.values()) {
    for (const waiter of line) {
      if (waiters.has(waiter)) continue;
      const candidates = waiter.candidates.filter(({ target }) => !spent.has(target.counterKey));
      if (candidates.length > 0) return { waiter, candidates };
      waiters.add(waiter);
    }
  }
  return undefined;
}
