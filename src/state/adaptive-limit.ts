/** How an attempt went, for a limit that adapts: its answer began in time, or late, or the provider refused it as one too many. */
export type Pace = 'in_time' | 'late' | 'refused';

/** The limit of concurrent attempts before any has shown what the provider takes. */
const FIRST = 4;
/** Answers in time that raise the limit by one. */
const PER_STEP = 20;

/**
 * The number of attempts that may run at once at a provider that reports no limits: it grows by one with each 20 answers in time and is halved by a refusal or a late
 * answer, down to 1. A long prompt is slow without any overload, so no mean of times decides.
 */
export class AdaptiveLimit {
  #limit = FIRST;
  #inTime = 0;
  /** Attempts up to this number were begun before the limit was last halved. */
  #halvedAt = 0;

  /** The limit at present. */
  get limit(): number {
    return this.#limit;
  }

  /** Records how an attempt went. `order`: its number. `newest`: that of the newest attempt. `running`: attempts that run, this one included. */
  record(pace: Pace, { order, newest, running }: Record<'order' | 'newest' | 'running', number>): void {
    // What was sent under the former limit says nothing about this one, and attempts that fail together halve it once.
    if (order <= this.#halvedAt) return;
    if (pace === 'in_time') return this.#grow(running);
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    this.#inTime = 0;
    this.#halvedAt = newest;
  }

  #grow(running: number): void {
    // A limit that is not half used is not tried, and would grow without a bound.
    if (running * 2 <= this.#limit) return;
    if (++this.#inTime < PER_STEP) return;
    this.#inTime = 0;
    this.#limit++;
  }
}
