import type { Clock } from '../../lib/clock.ts';
import type { LimitState } from '../../state/limit-state.ts';
import { createQueue, type Queue, type Waited, type Waiting } from './queue.ts';

/** The queues in front of chains whose entries are all cooling down. */
export interface Queues {
  /** How many wait for a chain. Who comes while anyone does must wait behind him. */
  size(chain: string): number;
  /** Waits in the chain's queue. Settles once, with what was taken for the waiter or why nothing was. Never rejects. */
  wait(chain: string, waiting: Waiting): Promise<Waited>;
}

/** Makes the queues of one gateway. Who is first is looked at whenever something is given back, and when his candidates may heal. */
export function createQueues(state: LimitState, clock: Clock): Queues {
  const queues = new Map<string, Queue>();
  let watching: Disposable | undefined;

  /** Queues of chains that share an entry are given of it in turn. */
  function pumpAll(): void {
    for (const queue of queues.values()) queue.pump();
    const [first] = queues;
    if (first === undefined) return;
    queues.delete(first[0]);
    queues.set(...first);
  }

  function queueOf(chain: string): Queue {
    const present = queues.get(chain) ?? createQueue(state, clock, () => left(chain));
    queues.set(chain, present);
    watching ??= state.watch(pumpAll);
    return present;
  }

  function left(chain: string): void {
    queues.delete(chain);
    if (queues.size > 0) return;
    watching?.[Symbol.dispose]();
    watching = undefined;
  }

  /** What nobody who waits already wants may be had at once. */
  async function takeUnwanted(chain: string, { candidates }: Waiting): Promise<Waited | undefined> {
    const queue = queues.get(chain);
    const free = candidates.filter(({ target }) => queue?.wants(target.counterKey) !== true);
    if (free.length === 0) return undefined;
    const { index, hold } = await state.take(free);
    const taken = index === undefined ? undefined : free[index];
    if (taken === undefined || hold === undefined) return undefined;
    return { kind: 'taken', index: candidates.indexOf(taken), hold };
  }

  return {
    size: (chain) => queues.get(chain)?.size() ?? 0,
    async wait(chain, waiting) {
      if (waiting.signal.aborted) return { kind: 'gone' };
      if (waiting.until <= clock.now()) return { kind: 'late' };
      // Who does not come in must not make a queue: it is left by its last waiter only.
      if ((queues.get(chain)?.size() ?? 0) < waiting.limits.maxSize) return queueOf(chain).join(waiting);
      return (await takeUnwanted(chain, waiting)) ?? { kind: 'full' };
    },
  };
}
