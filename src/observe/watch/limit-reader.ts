import type { LimitStatus } from '../../domain/limit-list.ts';
import type { Clock } from '../../lib/clock.ts';
import { createSlidingRate } from '../../lib/sliding-rate.ts';

/** The rows of limits for one reader: every row, then each row that changes. */
export interface LimitReader extends Disposable {
  /** The next row; undefined where there is none now. Throws what the rows end with. */
  take(): LimitStatus | undefined;
}

/** What a reader reads, and how. */
export interface LimitReaderOptions {
  readonly rows: AsyncGenerator<LimitStatus, void, undefined>;
  readonly clock: Clock;
  /** Most rows in a second. */
  readonly perSecond: number;
  /** Called when something may be taken. */
  readonly wake: () => void;
}

/**
 * Reads rows one by one, each when the one before was taken, so that a slow reader gets fewer and newer rows and none is lost. What `rows`
 * waits for must end once the reader is disposed.
 */
export function createLimitReader({ rows, clock, perSecond, wake }: LimitReaderOptions): LimitReader {
  const rate = createSlidingRate(perSecond, 1000);
  let row: LimitStatus | undefined;
  let failure: { readonly error: unknown } | undefined;
  let pause: Disposable | undefined;
  let disposed = false;

  function pull(): void {
    if (disposed) return;
    const now = clock.now();
    if (rate.admit(now)) void read();
    else pause = clock.timer(rate.nextAt() - now, pull);
  }

  async function read(): Promise<void> {
    try {
      const { value } = await rows.next();
      row = value ?? undefined;
    } catch (error) {
      failure = { error };
    }
    wake();
  }

  pull();
  return {
    take() {
      if (failure !== undefined) throw failure.error;
      const taken = row;
      if (taken === undefined) return undefined;
      row = undefined;
      pull();
      return taken;
    },
    [Symbol.dispose]() {
      disposed = true;
      pause?.[Symbol.dispose]();
      rows.return().catch(() => undefined);
    },
  };
}
