import type { KeyReplica } from '../auth/key-replica.ts';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../lib/clock.ts';
import type { LimitState } from '../state/limit-state.ts';
import { createMemoryState } from '../state/memory.ts';
import { keepLimits } from '../store/keep-limits.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { type OpenedKeys, openKeys } from './open-keys.ts';

/** What a gateway keeps, in memory and in its store. */
export interface OpenedState {
  readonly state: LimitState;
  readonly store: Store;
  readonly keys: OpenedKeys;
  readonly replica: KeyReplica;
  /** Saves what is not saved yet, and closes the store. Never rejects. */
  release(): Promise<void>;
}

/** What the state is opened with. */
export interface OpenStateOptions {
  readonly config: Config;
  readonly clock: Clock;
  /** Ends the wait for a store that another process holds. */
  readonly signal: AbortSignal;
  readonly onProblem: (message: string) => void;
}

/** Opens the store, and loads what it holds. Rejects with a StoreError; then everything is closed. */
export async function openState({ config, clock, signal, onProblem }: OpenStateOptions): Promise<OpenedState> {
  await using stack = new AsyncDisposableStack();
  const state = createMemoryState(clock);
  const { url = 'memory:' as const, migrate } = config.store ?? {};
  const store = stack.use(await openStore(url, { clock, signal, migrate }));
  const keys = await openKeys({ directory: store.directory, config, clock, onProblem });
  const replica = stack.use(keys.replica);
  stack.use(await keepLimits({ store, state, clock, onProblem }));
  const opened = stack.move();
  return { state, store, keys, replica, release: () => opened.disposeAsync() };
}
