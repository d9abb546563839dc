import type { AbortScope } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { createLinkedSet } from '../lib/linked-set.ts';
import type { Snapshot } from './chain.ts';
import type { Door } from './door.ts';
import type { Emit } from './events.ts';
import { openRequestScope } from './open-scope.ts';
import type { RequestIds, RequestReport, RequestScope } from './scope.ts';
import type { Tracing } from './tracing.ts';

/** What a request is opened with. */
export interface Opening extends RequestIds {
  readonly door: Door;
  /**
   * Cancels the request when its client disconnects or the gateway shuts down. Disposed at the request's end. Calls of one batch share one,
   * which has no parents to be unlinked from.
   */
  readonly abort: AbortScope;
  readonly snapshot: Snapshot;
}

/** A request that is running. */
export interface RunningRequest {
  readonly report: Readonly<RequestReport>;
  /** The configuration that it was accepted under. */
  readonly snapshot: Snapshot;
  /** Cancels it, and the other calls of its batch. */
  readonly abort: AbortScope;
}

/** The requests of a gateway that are running. */
export interface Requests {
  /** Opens the scope of one, accepted now. */
  open(opening: Opening): RequestScope;
  /** Those that are running now, in the order in which they were accepted. */
  list(): readonly RunningRequest[];
  /** How many open subscriptions that no chain answers a principal has, given its id. */
  subscriptionsOf(id: string): number;
  /** Resolves when none is running, after `ms` milliseconds at the latest. */
  untilIdle(ms: number): Promise<void>;
  /** Cancels those that are running, and each that is opened from now on, with a reason. Idempotent. */
  abort(code: string): void;
}

/** What requests of one gateway have in common. */
export interface RequestsOptions {
  /** The gateway's own name in `via`. */
  readonly name: string;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Undefined where nothing is traced. */
  readonly tracing?: Tracing | undefined;
}

/** Makes an empty set of requests. */
export function createRequests({ name, clock, emit, tracing }: RequestsOptions): Requests {
  // Not listeners of one signal: adding to and removing from its list of thousands walks along the whole list.
  const running = createLinkedSet<RunningRequest>();
  let abortedWith: string | undefined;
  let onIdle: (() => void) | undefined;
  let ended = 0;
  const nextSeq = (): number => ++ended;

  return {
    open({ id, clientRequestId, door, abort, snapshot }) {
      const onFinish = (): void => {
        member[Symbol.dispose]();
        if (running.size === 0) onIdle?.();
      };
      const scope = openRequestScope({
        id,
        clientRequestId,
        door,
        abort,
        snapshot,
        name,
        clock,
        emit,
        tracing,
        nextSeq,
        onFinish,
      });
      const member = running.add({ report: scope.report, snapshot, abort });
      if (abortedWith !== undefined) abort.abort(abortedWith);
      return scope;
    },
    list: () => running.list(),
    subscriptionsOf: (id) =>
      running.list().filter(({ report: { subscription, principal } }) => subscription && principal.id === id).length,
    async untilIdle(ms) {
      if (running.size === 0 || ms <= 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      onIdle = resolve;
      using _ = clock.timer(ms, resolve);
      await promise;
    },
    abort(code) {
      abortedWith ??= code;
      for (const { abort } of running.list()) abort.abort(code);
    },
  };
}
