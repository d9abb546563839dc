/** Bounds of the times that have buckets of their own, in milliseconds. */
const SHORTEST_MS = 10;
const LONGEST_MS = 300_000;
/** Each bucket ends at this many times the end of the one before, so that a percentile is off by less than 15 %. */
const FACTOR = 1.15;
const LOG_FACTOR = Math.log(FACTOR);
/** The first bucket is of the shorter times, the last one of the longer ones. */
const LAST = Math.ceil(Math.log(LONGEST_MS / SHORTEST_MS) / LOG_FACTOR);
/** After this many times, all times before weigh half. */
const HALVED_AFTER = 100;
/** Fewer times have no percentile: one in twenty says little of them. */
const FEWEST = 30;
const SHARE = 0.95;
const HALF = 0.5;

/** Counts times, of which recent ones weigh most. Takes about 300 bytes, however many there are. */
export class TimeHistogram {
  readonly #counts = new Float32Array(LAST + 1);
  /** The sum of the counts. */
  #total = 0;
  #recorded = 0;

  /** Counts a time in milliseconds: finite, and not negative. */
  record(ms: number): void {
    const bucket = bucketOf(ms);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total++;
    if (++this.#recorded % HALVED_AFTER === 0) this.#halve();
  }

  /** The 95th percentile in milliseconds, by less than 15 % too high or too low; undefined before 30 times were counted. */
  p95(): number | undefined {
    return this.#percentile(SHARE);
  }

  /** The median in milliseconds, likewise. */
  median(): number | undefined {
    return this.#percentile(HALF);
  }

  #percentile(share: number): number | undefined {
    if (this.#recorded < FEWEST) return undefined;
    let above = this.#total * (1 - share);
    for (let bucket = LAST; bucket > 0; bucket--) {
      const count = this.#counts[bucket] ?? 0;
      // Of times that weigh the same, the one at this rank is in the bucket.
      if (above < count) return startOf(bucket) * FACTOR ** (1 - above / count);
      above -= count;
    }
    return startOf(1);
  }

  #halve(): void {
    this.#total = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      this.#counts[bucket] = count / 2;
      this.#total += count / 2;
    }
  }
}

/** A bucket's shortest time, in milliseconds. */
function startOf(bucket: number): number {
  return SHORTEST_MS * FACTOR ** (bucket - 1);
}

function bucketOf(ms: number): number {
  if (ms < SHORTEST_MS) return 0;
  return Math.min(LAST, 1 + Math.floor(Math.log(ms / SHORTEST_MS) / LOG_FACTOR));
}
