import type { LookupFunction } from 'node:net';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { ProxyOf } from '../config/proxies.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { type Connections, openPool, type EndpointPool } from './pool.ts';

/** Connections to upstreams, one pool per endpoint. */
export interface Pools {
  /** The connections of an endpoint, kept for the next exchange. For an endpoint that is not retained: one exchange, closed after it. */
  get(endpoint: Endpoint): Connections;
  /** A new socket, closed after one exchange. */
  fresh(endpoint: Endpoint): Connections;
  /**
   * Keeps only the pools of these endpoints from now on; until the first call all are kept. Every other pool closes after its last
   * exchange; running exchanges continue.
   */
  retain(endpoints: readonly Endpoint[]): void;
  /** Closes every pool and breaks running exchanges. Idempotent. */
  close(): Promise<void>;
}

/** Optional settings of pools. */
export interface PoolsOptions {
  /** Resolves names; the system's resolver unless given. */
  readonly lookup?: LookupFunction | undefined;
  /** The proxy for an origin; no proxies unless given. */
  readonly proxyOf?: ProxyOf | undefined;
}

/** Makes the pools of one gateway. */
export function createPools({ lookup, proxyOf }: PoolsOptions = {}): Pools {
  const kept = new Map<string, EndpointPool>();
  const retiring = new Set<EndpointPool>();
  // Making a secure context takes as long as many requests do.
  const contexts = new Map<string, SecureContext>();
  let retained: ReadonlySet<string> | undefined;

  function contextOf(ca: string): SecureContext {
    const context = contexts.get(ca) ?? createSecureContext({ ca: [...getCACertificates('default'), ca] });
    contexts.set(ca, context);
    return context;
  }

  function open(endpoint: Endpoint): EndpointPool {
    const secureContext = endpoint.ca === undefined ? undefined : contextOf(endpoint.ca);
    return openPool({ endpoint, lookup, secureContext, proxy: proxyOf?.(endpoint.origin) });
  }

  async function retire(pool: EndpointPool): Promise<void> {
    retiring.add(pool);
    await pool.retire();
    retiring.delete(pool);
  }

  function once(endpoint: Endpoint): Connections {
    const pool = open(endpoint);
    return {
      dispatch(options, handler) {
        const dispatched = pool.dispatch(options, handler);
        // A retiring pool still completes the exchange that it was given.
        void retire(pool);
        return dispatched;
      },
    };
  }

  return {
    get(endpoint) {
      const found = kept.get(endpoint.id);
      if (found !== undefined) return found;
      if (retained?.has(endpoint.id) === false) return once(endpoint);
      const pool = open(endpoint);
      kept.set(endpoint.id, pool);
      return pool;
    },
    fresh: once,
    retain(endpoints) {
      retained = new Set(endpoints.map(({ id }) => id));
      contexts.clear();
      for (const [id, pool] of kept) {
        if (retained.has(id)) continue;
        kept.delete(id);
        void retire(pool);
      }
    },
    async close() {
      const closing = [...kept.values(), ...retiring];
      kept.clear();
      retiring.clear();
      await Promise.all(closing.map((pool) => pool.destroy()));
    },
  };
}
