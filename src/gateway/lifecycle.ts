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
  /** Called once when no new requests should come, and once when they are refused from now on. */
  readonly onLeave: (at: 'drain' | 'close') => void;
  /** Released after the last request, in this order. None of them rejects. */
  readonly release: readonly (() => PromiseLike<void>)[];
}

/** Starts the lifecycle of a gateway. */
export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { requests, overload, shutdown, onLeave, release } = options;
  let draining = false;
  let closed = false;
  let closing: Promise<void> | undefined;

  function drain(): void {
    if (draining) return;
    draining = true;
    onLeave('drain');
  }

  async function close(graceMs: number): Promise<void> {
    drain();
    closed = true;
    onLeave('close');
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
    drain,
    close: (graceMs = 0) => (closing ??= close(graceMs)),
  };
}
