/** A worker that ends sooner after its start than this has a quick death, in milliseconds. */
const QUICK_MS = 10_000;
/** Quick deaths in a row after which the start is not tried again. */
const MOST_QUICK = 3;
/** A worker that has run for this long starts again at once, whatever was before, in milliseconds. */
const STABLE_MS = 60_000;
const LONGEST_WAIT_MS = 30_000;
const FIRST_WAIT_MS = 1000;

/** Decides when a worker is started again. */
export interface Restarts {
  /** A worker has ended `ranMs` milliseconds after its start. Returns the wait until the next start in milliseconds; undefined where there is none. */
  ended(ranMs: number): number | undefined;
}

/** Returns the restarts of one worker: after 0, 1, 2, 4 ... 30 s, and none after three quick deaths in a row. */
export function createRestarts(): Restarts {
  let quick = 0;
  let deaths = 0;
  return {
    ended(ranMs) {
      quick = ranMs < QUICK_MS ? quick + 1 : 0;
      if (quick >= MOST_QUICK) return undefined;
      deaths = ranMs < STABLE_MS ? deaths + 1 : 1;
      return deaths === 1 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (deaths - 2));
    },
  };
}
