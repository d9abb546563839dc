/** Admits at most so many events in any window of one length. */
export interface SlidingRate {
  /** Whether one more fits at `now`, in milliseconds; counts it if so. Times must not decrease. */
  admit(now: number): boolean;
  /** The earliest time at which one more fits; the past where one fits now. */
  nextAt(): number;
}

/** Makes a rate of at most `most` events in any `windowMs` milliseconds. It keeps one time for each of them. */
export function createSlidingRate(most: number, windowMs: number): SlidingRate {
  /** The times of the last events that were admitted; the oldest one is at `index`. */
  const times = new Float64Array(most).fill(-Infinity);
  let index = 0;
  const nextAt = (): number => (times[index] ?? -Infinity) + windowMs;
  return {
    nextAt,
    admit(now) {
      if (now < nextAt()) return false;
      times[index] = now;
      index = (index + 1) % most;
      return true;
    },
  };
}
