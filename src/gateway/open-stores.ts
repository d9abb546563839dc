import type { Config } from '../config/schema.ts';
import type { Clock } from '../lib/clock.ts';
import type { LimitState } from '../state/limit-state.ts';
import { keepLimits } from '../store/keep-limits.ts';
import { openStore } from '../store/open-store.ts';
import type { OpenStoreOptions, Store } from '../store/store.ts';
import { type OpenedKeys, openKeys } from './open-keys.ts';
import { type Money, openMoney } from './open-money.ts';
import { type OpenedRequestLog, openRequestLog } from './open-request-log.ts';

/** The store of a gateway, and what is read from it and written to it. */
export interface Stores {
  readonly store: Store;
  readonly money: Money;
  readonly keys: OpenedKeys;
  readonly requests: OpenedRequestLog;
  /** Writes what waits, within half a second. Never rejects. */
  readonly flush: () => Promise<void>;
  /** Stops reading keys, writes what is left to write and closes the store, once no request runs. Never rejects. */
  readonly release: () => Promise<void>;
}

/** What stores are opened with. */
export interface OpenStoresOptions {
  readonly config: Config;
  readonly state: LimitState;
  /** Whether the limits outlive the process by themselves: several processes must not write theirs over each other's. */
  readonly keepsLimits: boolean;
  readonly clock: Clock;
  /** Ends the wait for a store that is locked. */
  readonly signal: AbortSignal;
  readonly onProblem: (message: string) => void;
  /** Opens the store; as `store.url` says unless given. */
  readonly open?: ((options: OpenStoreOptions) => Promise<Store>) | undefined;
}

const FLUSH_MS = 500;
const KEPT: Promise<AsyncDisposable> = Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() });

/** Opens the store of a configuration, and reads limits, money and keys from it. Rejects with a StoreError; the store is closed then. */
export async function openStores(options: OpenStoresOptions): Promise<Stores> {
  const { config, state, keepsLimits, clock, signal, onProblem } = options;
  const { url = 'memory:', migrate } = config.store ?? {};
  const { open = (given) => openStore(url, given) } = options;
  const store = await open({ clock, signal, migrate });
  // At once: of a server that does not answer each would wait for its own timeout.
  const opening = [
    openMoney({ store, state, clock, onProblem }),
    keepsLimits ? KEPT : keepLimits({ store, state, clock, onProblem }),
    openKeys({ store, config, clock, onProblem }),
  ] as const;
  const requests = openRequestLog({ store, config, clock, onProblem });
  async function release(): Promise<void> {
    const [money, kept, keys] = opening;
    await Promise.allSettled([
      keys.then(({ replica }) => replica[Symbol.dispose]()),
      ...[money, kept, requests].map(async (each) => (await each)[Symbol.asyncDispose]()),
    ]);
    await store[Symbol.asyncDispose]();
  }
  try {
    const [money, , keys] = await Promise.all(opening);
    const flush = async (): Promise<void> => {
      await Promise.all([money.batches.flush(FLUSH_MS), requests.log.flush(FLUSH_MS), requests.bodies.flush(FLUSH_MS)]);
    };
    return { store, money, keys, requests, flush, release };
  } catch (error) {
    await release();
    throw error;
  }
}
