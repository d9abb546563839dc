import { Pool, type Dispatcher } from 'undici';

/** Connections to upstreams, one pool per origin. */
export interface Pools {
  /** The pool of an origin (scheme, host, port); made on first use. */
  get(origin: string): Dispatcher & Pick<Pool, 'stats'>;
  /** Closes every pool, breaking what still runs. Idempotent. */
  close(): Promise<void>;
}

/** How a pool is made; the place for proxies and extra certificate authorities. */
export type PoolFactory = (origin: string) => Pool;

/**
 * Idle sockets are closed by us before the common 5 s keep-alive of servers can close them under a request;
 * a server's own hint is undercut by a second. Timeouts are the attempt's watchdogs' business, hence 0.
 */
export const createPool: PoolFactory = (origin) =>
  new Pool(origin, {
    connections: null,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 4000,
    keepAliveTimeoutThreshold: 1000,
    // The attempt's own connect watchdog is shorter; this only bounds what nobody waits for any more.
    connect: { timeout: 60_000 },
  });

/** Makes the pools of one gateway. */
export function createPools(factory: PoolFactory = createPool): Pools {
  const pools = new Map<string, Pool>();
  return {
    get(origin) {
      let pool = pools.get(origin);
      if (pool === undefined) pools.set(origin, (pool = factory(origin)));
      return pool;
    },
    async close() {
      const closing = [...pools.values()];
      pools.clear();
      await Promise.all(closing.map((pool) => pool.destroy()));
    },
  };
}
