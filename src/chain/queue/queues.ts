import type { Clock } from '../../lib/clock.ts';
import type { LimitState } from '../../state/limit-state.ts';
import { createQueue, type Queue } from './queue.ts';
import type { QueueRequest, QueueResult } from './waiter.ts';

/** The queues in front of chains whose entries are all cooling down. */
export interface Queues {
  /** Number of requests that wait for a chain. While any does, a new request must queue behind them. */
  size(chain: string): number;
  /** Waits in the chain's queue. Resolves once, with the target taken for the request or with why none was. Never rejects. */
  wait(chain: string, request: QueueRequest): Promise<QueueResult>;
}

/** Makes the queues of one gateway. They are checked whenever a reservation is released and whenever a target may have recovered. */
export function createQueues(state: LimitState, clock: Clock): Queues {
  const queues = new Map<string, Queue>();
  let watching: Disposable | undefined;

  /** Queues of chains that share an entry are served in turn. */
  function pumpAll(): void {
    for (const queue of queues.values()) queue.pump();
    const [first] = queues;
    if (first === undefined) return;
    queues.delete(first[0]);
    queues.set(...first);
  }

  function queueOf(chain: string): Queue {
    const queue = queues.get(chain) ?? createQueue(state, clock, () => drop(chain));
    queues.set(chain, queue);
    watching ??= state.watch(pumpAll);
    return queue;
  }

  function drop(chain: string): void {
    queues.delete(chain);
    if (queues.size > 0) return;
    watching?.[Symbol.dispose]();
    watching = undefined;
  }

  /** Takes a target that no waiting request could use. */
  async function takeUncontested(chain: string, { candidates }: QueueRequest): Promise<QueueResult | undefined> {
    const queue = queues.get(chain);
    const uncontested = candidates.filter(({ target }) => queue?.waitsFor(target.counterKey) !== true);
    if (uncontested.length === 0) return undefined;
    const { index, hold } = await state.take(uncontested);
    const taken = index === undefined ? undefined : uncontested[index];
    if (taken === undefined || hold === undefined) return undefined;
    return { kind: 'taken', index: candidates.indexOf(taken), hold };
  }

  return {
    size: (chain) => queues.get(chain)?.size() ?? 0,
    async wait(chain, request) {
      if (request.signal.aborted) return { kind: 'cancelled' };
      if (request.until <= clock.now()) return { kind: 'timed_out' };
      // A request that does not fit must not create a queue: only a queue's last request removes it.
      if ((queues.get(chain)?.size() ?? 0) < request.limits.maxSize) return queueOf(chain).join(request);
      return (await takeUncontested(chain, request)) ?? { kind: 'full' };
    },
  };
}
