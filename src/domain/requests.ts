import type { AbortScope } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { createLinkedSet } from '../lib/linked-set.ts';
import type { Snapshot } from './chain.ts';
import type { Emit } from './events.ts';
import { openRequestScope } from './open-scope.ts';
import type { Door, RequestScope } from './scope.ts';

/** What a request is opened with. */
export interface Opening {
  readonly id: string;
  readonly door: Door;
  /** What ends the request: its caller's leaving, and our shutting down. Disposed at the request's end. Calls of one batch share one, which has no parents to be unlinked from. */
  readonly abort: AbortScope;
  readonly snapshot: Snapshot;
}

/** The requests of a gateway that run. */
export interface Requests {
  /** Opens the scope of one, accepted now. */
  open(opening: Opening): RequestScope;
  /** Waits until none runs, `ms` milliseconds at most. */
  untilIdle(ms: number): Promise<void>;
  /** Ends those that run, and each that is opened from now on, with a reason. Idempotent. */
  abort(code: string): void;
}

/** What requests of one gateway have in common. */
export interface RequestsOptions {
  /** Our own name in `via`. */
  readonly name: string;
  readonly clock: Clock;
  readonly emit: Emit;
}

/** Makes an empty set of requests. */
export function createRequests({ name, clock, emit }: RequestsOptions): Requests {
  // Not listeners of one signal: to join and to leave its list of thousands, a request would walk along all of it.
  const running = createLinkedSet<AbortScope>();
  let ended: string | undefined;
  let idle: (() => void) | undefined;

  return {
    open({ id, door, abort, snapshot }) {
      const place = running.join(abort);
      if (ended !== undefined) abort.abort(ended);
      const onFinish = (): void => {
        place[Symbol.dispose]();
        if (running.size === 0) idle?.();
      };
      return openRequestScope({ id, door, abort, snapshot, name, clock, emit, onFinish });
    },
    async untilIdle(ms) {
      if (running.size === 0 || ms <= 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      idle = resolve;
      using _ = clock.timer(ms, resolve);
      await promise;
    },
    abort(code) {
      ended ??= code;
      for (const each of running.list()) each.abort(code);
    },
  };
}
