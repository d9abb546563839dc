import type { SharedCounts } from '../../src/state/shared/counts.ts';

/** How a ledger behaves: as it is; it executes calls and its answers wait; it rejects calls. */
export type Fault = 'none' | 'hung' | 'refusing';

/** A ledger behind a network that fails on command. */
export interface FailingCounts extends SharedCounts {
  /** Answers that waited are given when it does not hang any more, in their order. */
  become(fault: Fault): void;
  /** How many syncs were sent. */
  readonly syncs: () => number;
  /** The most changes that one sync has reported. */
  readonly mostChanges: () => number;
}

/** Puts a network that fails in front of a ledger. While it hangs, calls are executed once it does not hang any more, as a stopped server executes them. */
export function failingCounts(counts: SharedCounts): FailingCounts {
  let fault: Fault = 'none';
  let syncs = 0;
  let mostChanges = 0;
  let held: (() => void)[] = [];

  async function pass<Reply>(call: () => Promise<Reply>): Promise<Reply> {
    if (fault === 'hung') await new Promise<void>((resolve) => held.push(resolve));
    if (fault === 'refusing') throw new Error('the connection is closed');
    return await call();
  }

  return {
    become(next) {
      fault = next;
      if (next === 'hung') return;
      for (const release of held) release();
      held = [];
    },
    syncs: () => syncs,
    mostChanges: () => mostChanges,
    sync(request) {
      syncs++;
      mostChanges = Math.max(mostChanges, ...request.keys.map(({ changes }) => changes.length));
      return pass(() => counts.sync(request));
    },
    beat: (restored) => pass(() => counts.beat(restored)),
    elect: (server, lease) => pass(() => counts.elect(server, lease)),
    publish: (news) => pass(() => counts.publish(news)),
    current: () => pass(() => counts.current()),
    watch: (listener) => counts.watch(listener),
    [Symbol.asyncDispose]: () => counts[Symbol.asyncDispose](),
  };
}
