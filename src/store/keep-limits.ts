import { setImmediate } from 'node:timers/promises';
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
/** Attempts at the last save while another process holds the file. SQLite waits 20 ms in each. */
const LAST_ATTEMPTS = 25;

/**
 * Restores the state from the store, then saves its changes until disposed. Resolves after the first attempt to restore. A store that fails
 * does not affect the state: the problem is reported and the save retried. Does nothing over a store that is not persistent.
 * Disposal saves once more; dispose this before the store. Disposal is idempotent. Neither it nor this function rejects.
 */
export async function keepLimits({ store, state, clock, onProblem }: KeepLimitsOptions): Promise<AsyncDisposable> {
  if (!store.persistent) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const reportedKinds = new Set<string>();
  /** The view that was last loaded or saved; undefined until the first load succeeds. */
  let saved: Lasting | undefined;
  let timer: Disposable | undefined;
  let running: Promise<void> | undefined;
  let changed = false;
  let disposed = false;

  async function save(): Promise<void> {
    if (saved === undefined) {
      // Rows that could not be loaded yet must not be overwritten.
      saved = await store.limits.load(clock.now());
      state.restore(saved);
    }
    changed = false;
    const lasting = state.lasting();
    if (fingerprint(lasting) !== fingerprint(saved))
      await store.limits.save({ before: saved, after: lasting, now: clock.now() });
    saved = lasting;
    reportedKinds.clear();
  }

  function report(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const kind = error instanceof StoreError ? error.problem : message;
    if (reportedKinds.has(kind)) return;
    reportedKinds.add(kind);
    onProblem(message);
  }

  async function run(): Promise<void> {
    timer = undefined;
    const succeeded = await save().then(
      () => true,
      (error: unknown) => {
        report(error);
        return false;
      },
    );
    running = undefined;
    if (!succeeded) schedule(RETRY_DELAY_MS);
    else if (changed) schedule(SAVE_DELAY_MS);
  }

  function schedule(delay: number): void {
    if (disposed || timer !== undefined) return;
    timer = clock.timer(delay, () => {
      running = run();
    });
  }

  /** No timer retries the last save. Gateways that are closed together save at the same time, even in one process. */
  async function saveLast(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await save();
      } catch (error) {
        const locked = error instanceof StoreError && error.problem === 'locked';
        if (!locked || attempt === LAST_ATTEMPTS) return report(error);
      }
      await setImmediate();
    }
  }

  const watching = state.watch(() => {
    changed = true;
    if (running === undefined) schedule(SAVE_DELAY_MS);
  });
  running = run();
  await running;

  async function dispose(): Promise<void> {
    disposed = true;
    watching[Symbol.dispose]();
    timer?.[Symbol.dispose]();
    await running;
    await saveLast();
  }
  let disposal: Promise<void> | undefined;
  return { [Symbol.asyncDispose]: () => (disposal ??= dispose()) };
}

/** Serializes the rows of a view, whatever their order. */
function fingerprint({ cooldowns, windows }: Lasting): string {
  const rows = [
    ...cooldowns.map(({ key, reason, retryAt, lasting }) => JSON.stringify([key, reason, retryAt, lasting])),
    ...windows.map(({ key, window, used, until, limit }) => JSON.stringify([key, window, used, until, limit])),
  ];
  return rows.toSorted().join('\n');
}
