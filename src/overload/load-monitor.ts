import type { OverloadLevel } from '../domain/overload.ts';
import type { Clock } from '../lib/clock.ts';

/** What a monitor has measured when its level changed. */
export interface LevelChange {
  readonly level: OverloadLevel;
  readonly previous: OverloadLevel;
  /** Mean delay of the event loop in the last second that was measured, in milliseconds. */
  readonly loopDelayMs: number;
  /** Used part of the heap's limit, from 0 to 1. */
  readonly heap: number;
}

/** What a monitor measures by. */
export interface LoadMonitorOptions {
  /** Its timers must not keep the process alive. */
  readonly clock: Clock;
  /** Used part of the heap's limit, from 0 to 1. Called once a second. */
  readonly heap: () => number;
  /** Whether requests run. The monitor measures while they do, and until its level is 0 again. */
  readonly isBusy: () => boolean;
  /** Whether as many requests run as may. */
  readonly isFull: () => boolean;
  readonly onChange: (change: LevelChange) => void;
}

/** Measures the load of the process. Disposing it ends its timer; idempotent. */
export interface LoadMonitor extends Disposable {
  /** The level at present. */
  readonly level: OverloadLevel;
  /** The same without level 3: by the event loop and the heap alone. */
  readonly measured: 0 | 1 | 2;
  /** Since when the level is 3, in milliseconds since the epoch; undefined where it is not. */
  readonly fullSince: number | undefined;
  /** A request has begun. */
  began(): void;
}

/** How often the delay is measured, in milliseconds. */
const TICK_MS = 20;
/** Time over which delays are averaged, in milliseconds. One long garbage collection is no overload. */
const WINDOW_MS = 1000;
/** Mean delays in milliseconds above which levels 1 and 2 begin. */
const DELAY_MS = [50, 150] as const;
/** Used part of the heap above which levels 1 and 2 begin. */
const HEAP_PART = 0.85;
/** A level ends after this time below this part of its thresholds, in milliseconds: a level that ends with its first effect would come and go. */
const CALM_MS = 5000;
const CALM_PART = 0.5;

/** Makes a monitor that has measured nothing yet. */
export function createLoadMonitor(options: LoadMonitorOptions): LoadMonitor {
  return new Monitor(options);
}

class Monitor implements LoadMonitor {
  readonly #options: LoadMonitorOptions;
  /** When levels 1, 2 and 3 were last met or not yet calm, in milliseconds since the epoch; undefined for a level that is not in force. */
  readonly #metAt: [number | undefined, number | undefined, number | undefined] = [undefined, undefined, undefined];
  #timer: Disposable | undefined;
  #dueAt = 0;
  #windowAt = 0;
  #ticks = 0;
  #delays = 0;
  #last = { loopDelayMs: 0, heap: 0 };
  #shown: OverloadLevel = 0;
  #fullSince: number | undefined;
  #isOver = false;

  constructor(options: LoadMonitorOptions) {
    this.#options = options;
  }

  get level(): OverloadLevel {
    return this.#shown;
  }

  get measured(): 0 | 1 | 2 {
    if (this.#metAt[1] !== undefined) return 2;
    return this.#metAt[0] === undefined ? 0 : 1;
  }

  get fullSince(): number | undefined {
    return this.#fullSince;
  }

  began(): void {
    if (this.#isOver) return;
    const { clock, isFull } = this.#options;
    if (this.#timer === undefined) {
      this.#openWindow(clock.now());
      this.#arm(this.#windowAt);
    }
    if (isFull()) this.#full(clock.now());
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #openWindow(now: number): void {
    this.#windowAt = now;
    this.#ticks = 0;
    this.#delays = 0;
  }

  #arm(now: number): void {
    this.#dueAt = now + TICK_MS;
    this.#timer = this.#options.clock.timer(TICK_MS, () => this.#tick());
  }

  #tick(): void {
    const now = this.#options.clock.now();
    this.#ticks++;
    this.#delays += Math.max(0, now - this.#dueAt);
    if (now - this.#windowAt >= WINDOW_MS) {
      this.#judge(now);
      this.#openWindow(now);
    }
    this.#timer = undefined;
    // An idle gateway measures nothing: a process with other work than requests must not be woken for it.
    if (this.#options.isBusy() || this.#shown > 0) this.#arm(now);
  }

  #judge(now: number): void {
    const loopDelayMs = this.#delays / this.#ticks;
    const heap = this.#options.heap();
    this.#last = { loopDelayMs, heap };
    for (const index of [0, 1] as const) {
      const part = Math.max(loopDelayMs / DELAY_MS[index], heap / HEAP_PART);
      if (part > 1 || (this.#metAt[index] !== undefined && part > CALM_PART)) this.#metAt[index] = now;
    }
    if (this.#options.isFull()) this.#metAt[2] = now;
    for (const [index, metAt] of this.#metAt.entries())
      if (metAt !== undefined && now - metAt >= CALM_MS) this.#metAt[index] = undefined;
    this.#show(now);
  }

  #full(now: number): void {
    this.#metAt[2] = now;
    if (this.#shown !== 3) this.#show(now);
  }

  #show(now: number): void {
    const level = this.#metAt[2] === undefined ? this.measured : 3;
    const previous = this.#shown;
    if (level === previous) return;
    this.#shown = level;
    this.#fullSince = level === 3 ? now : undefined;
    this.#options.onChange({ level, previous, ...this.#last });
  }
}
