import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import type { Endpoint } from '../domain/endpoint.ts';
import type { AbortScope } from '../lib/abort.ts';
import { createConnect } from './connect.ts';
import { Pool } from './undici.ts';

/** The connections to one place, for one exchange. */
export interface Connections {
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): Dispatched;
}

/** An exchange that was handed to its connection. */
export interface Dispatched {
  /** Whether it was given a socket that was there before. */
  readonly reused: boolean;
  /** Ends the connecting that it began, if it is still under way; idempotent. */
  readonly cancel: () => void;
}

/** The pool of a place, whose connections are kept for the next exchange. */
export interface EndpointPool extends Connections {
  /** Takes nothing more, closes after what it has, and resolves then. Idempotent. */
  retire(): Promise<void>;
  /** Breaks what runs. Idempotent. */
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
 * Opens a pool. Idle sockets are closed by us before the common 5 s keep-alive of servers can close them under a request;
 * a server's own hint is undercut by a second. Timeouts are the attempt's watchdogs' business, hence 0.
 */
export function openPool(options: PoolOptions): EndpointPool {
  const connecting = new Set<AbortScope>();
  let begun: readonly AbortScope[] = [];
  const pool = new Pool(options.endpoint.origin, {
    connections: null,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 4000,
    keepAliveTimeoutThreshold: 1000,
    // One socket, one exchange: what is proved of aborts, slow readers and broken streams is proved of HTTP/1.1.
    allowH2: false,
    connect: createConnect({
      ...options,
      begun(scope) {
        begun = [scope];
        connecting.add(scope);
      },
      ended: (scope) => connecting.delete(scope),
    }),
  });
  return {
    dispatch(request, handler) {
      begun = [];
      pool.dispatch(request, handler);
      // A connection that an exchange needs is begun before its dispatch returns, and is for it alone.
      const own = begun;
      return { reused: own.length === 0, cancel: () => own.forEach((scope) => scope.abort('settled')) };
    },
    async retire() {
      // Rejects only where it is destroyed meanwhile, and then it is closed all the same.
      await pool.close().catch(() => undefined);
    },
    async destroy() {
      for (const scope of connecting) scope.abort('settled');
      await pool.destroy();
    },
  };
}
