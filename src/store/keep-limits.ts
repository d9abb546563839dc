import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';
import type { Lasting, LimitState } from '../state/limit-state.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';

/** What keeping limits takes. */
export interface KeepLimitsOptions {
  readonly store: Pick<Store, 'keeps' | 'limits'>;
  readonly state: Pick<LimitState, 'lasting' | 'restore' | 'watch'>;
  readonly clock: Clock;
  /** Told of each kind of trouble once, until a save succeeds again. Must not throw. */
  readonly onProblem: (message: string) => void;
}

/** A change is saved after this long, with all those that came meanwhile; in milliseconds. */
const SAVE_AFTER_MS = 1000;
/** After a failure it is tried again this much later. */
const RETRY_AFTER_MS = 10_000;
/** How often the last save is tried while another process has the file. Each attempt waits for it for 20 ms. */
const LAST_ATTEMPTS = 25;

/**
 * Resolves once the state has taken up what the store holds, and from then on saves what of it is to outlive the process. A store that
 * fails changes nothing for the state: the trouble is told, and it is tried again. Disposing it saves once more; do so before the
 * store is. Idempotent; neither ever rejects. Over a store that keeps nothing it does nothing.
 */
export async function keepLimits({ store, state, clock, onProblem }: KeepLimitsOptions): Promise<AsyncDisposable> {
  if (!store.keeps) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const told = new Set<string>();
  /** What this process last loaded or saved; undefined until the store could be read. */
  let held: Lasting | undefined;
  let timer: Disposable | undefined;
  let work: Promise<void> | undefined;
  let changed = false;
  let over = false;

  async function save(): Promise<void> {
    if (held === undefined) {
      // What cannot be read yet must not be written over.
      held = await store.limits.load(clock.now());
      state.restore(held);
    }
    changed = false;
    const lasting = state.lasting();
    if (fingerprint(lasting) !== fingerprint(held))
      await store.limits.save({ before: held, after: lasting, now: clock.now() });
    held = lasting;
    told.clear();
  }

  function tell(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const kind = error instanceof StoreError ? error.problem : message;
    if (told.has(kind)) return;
    told.add(kind);
    onProblem(message);
  }

  async function run(): Promise<void> {
    timer = undefined;
    const saved = await save().then(
      () => true,
      (error: unknown) => {
        tell(error);
        return false;
      },
    );
    work = undefined;
    if (!saved) schedule(RETRY_AFTER_MS);
    else if (changed) schedule(SAVE_AFTER_MS);
  }

  function schedule(after: number): void {
    if (over || timer !== undefined) return;
    timer = clock.timer(after, () => {
      work = run();
    });
  }

  /** There is no later retry. Gateways that are closed together save at the same time, also within one process. */
  async function saveLast(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await save();
      } catch (error) {
        const locked = error instanceof StoreError && error.problem === 'locked';
        if (!locked || attempt === LAST_ATTEMPTS) return tell(error);
      }
      await setImmediate();
    }
  }

  const watching = state.watch(() => {
    changed = true;
    if (work === undefined) schedule(SAVE_AFTER_MS);
  });
  work = run();
  await work;

  async function close(): Promise<void> {
    over = true;
    watching[Symbol.dispose]();
    timer?.[Symbol.dispose]();
    await work;
    await saveLast();
  }
  let closing: Promise<void> | undefined;
  return { [Symbol.asyncDispose]: () => (closing ??= close()) };
}

/** The same for the same rows, in whatever order they come. */
function fingerprint({ cooldowns, windows }: Lasting): string {
  const rows = [
    ...cooldowns.map(({ key, reason, until, lasting }) => JSON.stringify([key, reason, until, lasting])),
    ...windows.map(({ key, window, used, until, limit }) => JSON.stringify([key, window, used, until, limit])),
  ];
  return rows.toSorted().join('\n');
}
