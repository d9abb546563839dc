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

/**
 * Resolves once the state has taken up what the store holds, and from then on saves what of it is to outlive the process. A store that
 * fails changes nothing for the state: the trouble is told, and it is tried again. Disposing it saves once more; do so before the
 * store is. Idempotent; neither ever rejects. Over a store that keeps nothing it does nothing.
 */
export async function keepLimits({ store, state, clock, onProblem }: KeepLimitsOptions): Promise<AsyncDisposable> {
  if (!store.keeps) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const told = new Set<string>();
  /** What the store holds; undefined until it could be read. */
  let held: string | undefined;
  let timer: Disposable | undefined;
  let work: Promise<void> | undefined;
  let changed = false;
  let over = false;

  async function save(): Promise<boolean> {
    try {
      if (held === undefined) {
        // What cannot be read yet must not be written over.
        const loaded = await store.limits.load(clock.now());
        held = fingerprint(loaded);
        state.restore(loaded);
      }
      changed = false;
      const lasting = state.lasting();
      const wanted = fingerprint(lasting);
      if (wanted !== held) await store.limits.save(lasting);
      held = wanted;
      told.clear();
      return true;
    } catch (error) {
      tell(error);
      return false;
    }
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
    const saved = await save();
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
    await save();
  }
  let closing: Promise<void> | undefined;
  return { [Symbol.asyncDispose]: () => (closing ??= close()) };
}

/** The same for the same rows, in whatever order they come. */
function fingerprint({ cooldowns, windows }: Lasting): string {
  const rows = [
    ...cooldowns.map(({ key, reason, retryAt, lasting }) => JSON.stringify([key, reason, retryAt, lasting])),
    ...windows.map(({ key, window, used, until, limit }) => JSON.stringify([key, window, used, until, limit])),
  ];
  return rows.toSorted().join('\n');
}
