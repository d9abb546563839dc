import type { Clock } from '../../lib/clock.ts';

/** The longest time from the end of a request to the building of its spans, in milliseconds. */
const DELAY_MS = 200;
/** Requests whose spans are built in one turn of the event loop, at least: less than a millisecond. */
const BATCH = 32;
/** The part of those that wait which is built where that is more: as many as end in two turns wait then, however many those are. */
const SHARE = 1 / 2;

/**
 * Builds the spans of several requests together, after their ends: the code is then in the processor's caches, where for each request by itself it
 * takes more than twice as long.
 */
export class BuildQueue {
  readonly #clock: Clock;
  readonly #onBatch: () => void;
  #waiting: (() => void)[] = [];
  #timer: Disposable | undefined;
  #isScheduled = false;

  /** `onBatch` is called whenever the spans of some requests have been built. It must not throw. */
  constructor(clock: Clock, onBatch: () => void = () => undefined) {
    this.#clock = clock;
    this.#onBatch = onBatch;
  }

  /** Calls `build` within 200 ms, and not in this turn of the event loop. It must not throw. */
  add(build: () => void): void {
    this.#waiting.push(build);
    if (this.#waiting.length >= BATCH) this.#schedule();
    else this.#timer ??= this.#clock.timer(DELAY_MS, () => this.#schedule());
  }

  /** Builds all that wait now. */
  flush(): void {
    while (this.#waiting.length > 0) this.#buildBatch();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#buildBatch();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #buildBatch(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const count = Math.max(BATCH, Math.ceil(this.#waiting.length * SHARE));
    for (const build of this.#waiting.splice(0, count)) build();
    this.#onBatch();
  }
}
