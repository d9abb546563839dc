import type { LookupFunction } from 'node:net';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { ProxyOf } from '../config/proxies.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { type Connections, openPool, type EndpointPool } from './pool.ts';

/** Connections to upstreams, one pool per place. */
export interface Pools {
  /** The connections of a place, kept for the next; of a place that is not retained, for one exchange and closed after it. */
  get(endpoint: Endpoint): Connections;
  /** A socket that nobody has used, closed after one exchange. */
  fresh(endpoint: Endpoint): Connections;
  /**
   * From now on only pools of these places are kept; until the first call all are. Every other closes after its last exchange, and
   * what runs on it goes on.
   */
  retain(endpoints: readonly Endpoint[]): void;
  /** Closes every pool, breaking what still runs. Idempotent. */
  close(): Promise<void>;
}

/** What pools are made with. */
export interface PoolsOptions {
  /** Resolves names; the system's resolver unless given. */
  readonly lookup?: LookupFunction | undefined;
  /** None unless given. */
  readonly proxyOf?: ProxyOf | undefined;
}

/** Makes the pools of one gateway. */
export function createPools({ lookup, proxyOf }: PoolsOptions = {}): Pools {
  const kept = new Map<string, EndpointPool>();
  const leaving = new Set<EndpointPool>();
  // Making one takes as long as many requests do.
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
    leaving.add(pool);
    await pool.retire();
    leaving.delete(pool);
  }

  function once(endpoint: Endpoint): Connections {
    const pool = open(endpoint);
    return {
      dispatch(options, handler) {
        const dispatched = pool.dispatch(options, handler);
        // What it was given it still carries out.
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
      const closing = [...kept.values(), ...leaving];
      kept.clear();
      leaving.clear();
      await Promise.all(closing.map((pool) => pool.destroy()));
    },
  };
}
