import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../store.ts';
import { StoreError } from '../store-error.ts';
import type { LogBounds } from './stored-log.ts';

/** Options of `keepLog`. */
export interface KeepLogOptions {
  readonly store: Pick<Store, 'persistent' | 'requestLog'>;
  readonly clock: Clock;
  readonly bounds: () => LogBounds;
  /** Called once per kind of problem, until it works again. Must not throw. */
  readonly onProblem: (message: string) => void;
}

/** How often the bounds are applied, in milliseconds; to a store in memory more often, because its rows are the process's. */
const INTERVAL_MS = 60_000;
const MEMORY_INTERVAL_MS = 10_000;
/** The pause between two slices, in milliseconds: rows are written in it. */
const PAUSE_MS = 50;
/** Most rows of a store in memory. */
const MEMORY_ROWS = 10_000;

/** Deletes the rows of the request log that are beyond the bounds, from now on, in slices with pauses between them. Dispose ends it. */
export function keepLog({ store, clock, bounds, onProblem }: KeepLogOptions): Disposable {
  const reported = new Set<string>();
  const interval = store.persistent ? INTERVAL_MS : MEMORY_INTERVAL_MS;
  let timer: Disposable | undefined;
  let disposed = false;

  function schedule(ms: number): void {
    if (!disposed) timer = clock.timer(ms, () => void run());
  }

  async function run(): Promise<void> {
    const { retention, maxRows, bodyRetention } = bounds();
    try {
      const more = await store.requestLog.maintain({
        retention,
        bodyRetention,
        maxRows: store.persistent ? maxRows : Math.min(maxRows, MEMORY_ROWS),
      });
      reported.clear();
      schedule(more ? PAUSE_MS : interval);
    } catch (error) {
      report(error);
      schedule(interval);
    }
  }

  function report(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const kind = error instanceof StoreError ? error.problem : message;
    if (disposed || reported.has(kind)) return;
    reported.add(kind);
    onProblem(`request log: ${message}; old rows are deleted later`);
  }

  schedule(interval);
  return {
    [Symbol.dispose]() {
      disposed = true;
      timer?.[Symbol.dispose]();
    },
  };
}
