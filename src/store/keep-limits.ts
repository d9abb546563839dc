import type { Clock } from '../lib/clock.ts';
import type { Lasting, LimitState } from '../state/limit-state.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';

/** Options of `keepLimits`. */
export interface KeepLimitsOptions {
  readonly store: Pick<Store, 'persistent' | 'limits'>;
  readonly state: Pick<LimitState, 'lasting' | 'restore' | 'watch'>;
  readonly clock: Clock;
  /** Called once per kind of problem, until a save succeeds again. Must not throw. */
  readonly onProblem: (message: string) => void;
}

/** The delay from a change to its save, in milliseconds. Changes in between are saved with it. */
const SAVE_DELAY_MS = 1000;
/** The delay after a failed save, in milliseconds. */
const RETRY_DELAY_MS = 10_000;

/**
 * Restores the state from the store, then saves its changes until disposed. Resolves after the first attempt to restore. A store that fails
 * does not affect the state: the problem is reported and the save retried. Does nothing over a store that is not persistent.
 * Disposal saves once more; dispose this before the store. Disposal is idempotent. Neither it nor this function rejects.
 */
export async function keepLimits(options: KeepLimitsOptions): Promise<AsyncDisposable> {
  if (!options.store.persistent) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const keeper = new LimitsKeeper(options);
  await keeper.start();
  return keeper;
}

class LimitsKeeper implements AsyncDisposable {
  readonly #options: KeepLimitsOptions;
  readonly #watching: Disposable;
  readonly #reportedKinds = new Set<string>();
  /** The view that was last loaded or saved; undefined until the first load succeeds. */
  #saved: Lasting | undefined;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #changed = false;
  #disposal: Promise<void> | undefined;

  constructor(options: KeepLimitsOptions) {
    this.#options = options;
    this.#watching = options.state.watch(() => {
      this.#changed = true;
      if (this.#running === undefined) this.#schedule(SAVE_DELAY_MS);
    });
  }

  start(): Promise<void> {
    return (this.#running = this.#run());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#disposal ??= this.#dispose());
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    const succeeded = await this.#save().then(
      () => true,
      (error: unknown) => {
        this.#report(error);
        return false;
      },
    );
    this.#running = undefined;
    if (!succeeded) this.#schedule(RETRY_DELAY_MS);
    else if (this.#changed) this.#schedule(SAVE_DELAY_MS);
  }

  #schedule(delay: number): void {
    if (this.#disposal !== undefined || this.#timer !== undefined) return;
    this.#timer = this.#options.clock.timer(delay, () => void this.start());
  }

  async #save(): Promise<void> {
    const { store, state, clock } = this.#options;
    if (this.#saved === undefined) {
      // Rows that could not be loaded yet must not be overwritten.
      this.#saved = await store.limits.load(clock.now());
      state.restore(this.#saved);
    }
    this.#changed = false;
    const lasting = state.lasting();
    if (fingerprint(lasting) !== fingerprint(this.#saved))
      await store.limits.save({ before: this.#saved, after: lasting, now: clock.now() });
    this.#saved = lasting;
    this.#reportedKinds.clear();
  }

  #report(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const kind = error instanceof StoreError ? error.problem : message;
    if (this.#reportedKinds.has(kind)) return;
    this.#reportedKinds.add(kind);
    this.#options.onProblem(message);
  }

  async #dispose(): Promise<void> {
    this.#watching[Symbol.dispose]();
    this.#timer?.[Symbol.dispose]();
    await this.#running;
    await this.#save().catch((error: unknown) => this.#report(error));
  }
}

/** Serializes the rows of a view, whatever their order. */
function fingerprint({ cooldowns, windows }: Lasting): string {
  const rows = [
    ...cooldowns.map(({ key, reason, retryAt, lasting }) => JSON.stringify([key, reason, retryAt, lasting])),
    ...windows.map(({ key, window, used, until, limit }) => JSON.stringify([key, window, used, until, limit])),
  ];
  return rows.toSorted().join('\n');
}
