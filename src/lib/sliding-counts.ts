/** Counts events of two kinds over a window that slides in steps. */
export class SlidingCounts {
  readonly #stepMs: number;
  /** One place for each step of the window, used in turn. */
  readonly #good: Uint32Array;
  readonly #bad: Uint32Array;
  /** The step of the newest event, counted from the epoch. */
  #newest = 0;

  /** `windowMs` in milliseconds; the oldest of its `steps` parts is dropped at once, so that the window is up to one part shorter. */
  constructor(windowMs: number, steps: number) {
    this.#stepMs = windowMs / steps;
    this.#good = new Uint32Array(steps);
    this.#bad = new Uint32Array(steps);
  }

  /** Counts an event at `now`, in milliseconds since the epoch. Times must not decrease. */
  record(isGood: boolean, now: number): void {
    this.#moveTo(now);
    const counts = isGood ? this.#good : this.#bad;
    const place = this.#newest % counts.length;
    counts[place] = (counts[place] ?? 0) + 1;
  }

  /** Number of events in the window that ends at `now`: of the good ones, and of all. */
  count(now: number): { readonly good: number; readonly all: number } {
    this.#moveTo(now);
    const good = sum(this.#good);
    return { good, all: good + sum(this.#bad) };
  }

  #moveTo(now: number): void {
    const step = Math.floor(now / this.#stepMs);
    const { length } = this.#good;
    const passed = Math.min(step - this.#newest, length);
    for (let n = 0; n < passed; n++) {
      this.#good[(step - n) % length] = 0;
      this.#bad[(step - n) % length] = 0;
    }
    this.#newest = Math.max(step, this.#newest);
  }
}

function sum(counts: Uint32Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
