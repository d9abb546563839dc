import type { Config } from '../config/schema.ts';
import type { Clock } from '../lib/clock.ts';
import type { LimitState } from '../state/limit-state.ts';
import { keepLimits } from '../store/keep-limits.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { type OpenedKeys, openKeys } from './open-keys.ts';
import { type Money, openMoney } from './open-money.ts';

/** The store of a gateway, and what is read from it and written to it. */
export interface Stores {
  readonly store: Store;
  readonly money: Money;
  readonly keys: OpenedKeys;
  /** Writes what is left to write and closes the store, in this order, once no request runs. None of them rejects. */
  readonly release: readonly (() => PromiseLike<void>)[];
}

/** What stores are opened with. */
export interface OpenStoresOptions {
  readonly config: Config;
  readonly state: LimitState;
  readonly clock: Clock;
  /** Ends the wait for a store that is locked. */
  readonly signal: AbortSignal;
  readonly onProblem: (message: string) => void;
}

/** Opens the store of a configuration, and reads limits, money and keys from it. Rejects with a StoreError; the store is closed then. */
export async function openStores({ config, state, clock, signal, onProblem }: OpenStoresOptions): Promise<Stores> {
  const { url = 'memory:', migrate } = config.store ?? {};
  const store = await openStore(url, { clock, signal, migrate });
  try {
    const money = await openMoney({ store, state, clock, onProblem });
    const kept = await keepLimits({ store, state, clock, onProblem });
    const keys = await openKeys({ store, config, clock, onProblem });
    return { store, money, keys, release: [kept, money, store].map((each) => () => each[Symbol.asyncDispose]()) };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}
