import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import type { Endpoint } from '../domain/endpoint.ts';
import type { AbortScope } from '../lib/abort.ts';
import { createConnect } from './connect.ts';
import { Pool } from './undici.ts';

/** The connections to one endpoint. */
export interface Connections {
  /** Starts one exchange. */
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): Dispatched;
}

/** An exchange that was given to its connection. */
export interface Dispatched {
  /** Whether it was given a socket that was open before. */
  readonly reused: boolean;
  /** Ends the connection attempt that it started, if that is still pending; idempotent. */
  readonly cancel: () => void;
}

/** The pool of an endpoint, whose connections are kept for the next exchange. */
export interface EndpointPool extends Connections {
  /** Accepts no further exchange, closes after the last running one, and then resolves. Idempotent; never rejects. */
  retire(): Promise<void>;
  /** Breaks running exchanges. Idempotent. */
  destroy(): Promise<void>;
}

/** How a pool connects. */
export interface PoolOptions {
  readonly endpoint: Endpoint;
  readonly lookup: LookupFunction | undefined;
  readonly secureContext: SecureContext | undefined;
  readonly proxy: URL | undefined;
}

/**
 * Opens a pool. It closes idle sockets after 4 s, before the common 5 s keep-alive of servers can close them under a request; a server's own
 * hint is undercut by a second. Timeouts of a reply are 0 (none) because the attempt's watchdogs enforce them.
 */
export function openPool(options: PoolOptions): EndpointPool {
  const connecting = new Set<AbortScope>();
  let started: readonly AbortScope[] = [];
  const pool = new Pool(options.endpoint.origin, {
    connections: null,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 4000,
    keepAliveTimeoutThreshold: 1000,
    // One socket per exchange: aborts, slow readers and broken streams are tested with HTTP/1.1 only.
    allowH2: false,
    // Whatever the variable UNDICI_USE_MILO says: `skipContinue` knows the other parser.
    useMilo: false,
    connect: createConnect({
      ...options,
      onStart(scope) {
        started = [scope];
        connecting.add(scope);
      },
      onEnd: (scope) => connecting.delete(scope),
    }),
  });
  return {
    dispatch(request, handler) {
      started = [];
      pool.dispatch(request, handler);
      // A connection that an exchange needs is started before its dispatch returns, and is for that exchange alone.
      const own = started;
      return { reused: own.length === 0, cancel: () => own.forEach((scope) => scope.abort('settled')) };
    },
    async retire() {
      // Rejects only when the pool is destroyed meanwhile, and then it is closed anyway.
      await pool.close().catch(() => undefined);
    },
    async destroy() {
      for (const scope of connecting) scope.abort('settled');
      await pool.destroy();
    },
  };
}
