import type { Requests } from '../domain/requests.ts';
import type { AbortScope } from '../lib/abort.ts';
import type { Overload } from '../overload/overload.ts';

/** The states of a gateway from its start to its end. */
export interface Lifecycle {
  /** Whether it should get no new requests. */
  readonly draining: boolean;
  /** Whether load balancers should send it requests. */
  readonly ready: boolean;
  /** Whether it refuses new requests. */
  readonly closed: boolean;
  /** Idempotent. */
  readonly drain: () => void;
  /** Idempotent: the first call's grace time counts. */
  readonly close: (graceMs?: number) => Promise<void>;
}

/** What a gateway's end consists of. */
export interface LifecycleOptions {
  readonly requests: Requests;
  readonly overload: Pick<Overload, 'isReady'>;
  /** Aborted when the running requests are cancelled. */
  readonly shutdown: AbortScope;
  /** Released after the last request, in this order. None of them rejects. */
  readonly release: readonly (() => PromiseLike<void>)[];
}

/** Starts the lifecycle of a gateway. */
export function createLifecycle({ requests, overload, shutdown, release }: LifecycleOptions): Lifecycle {
  let draining = false;
  let closed = false;
  let closing: Promise<void> | undefined;

  async function close(graceMs: number): Promise<void> {
    draining = true;
    closed = true;
    await requests.untilIdle(graceMs);
    requests.abort('shutdown');
    shutdown.abort('shutdown');
    for (const each of release) await each();
  }

  return {
    get draining() {
      return draining;
    },
    get ready() {
      return !draining && overload.isReady;
    },
    get closed() {
      return closed;
    },
    drain: () => void (draining = true),
    close: (graceMs = 0) => (closing ??= close(graceMs)),
  };
}
