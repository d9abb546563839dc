import type { Clock } from '../lib/clock.ts';
import { startWatchdog, type Watchdog } from '../lib/watchdog.ts';

/** How long an exchange may stay open after its end mark, so that its connection can be reused; in milliseconds. */
const LINGER_MS = 1000;
/** How long the usage and the end mark may take after the last token of a settled answer; in milliseconds. */
const SETTLE_MS = 5000;

/** The two timers at a stream's end. Dispose stops the first; idempotent. */
export class StreamTimers implements Disposable {
  readonly #clock: Clock;
  #settling: Watchdog | undefined;
  #lingering: Disposable | undefined;
  #paused = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `onOver` when a settled answer gets neither usage nor an end mark in time. Calls while it waits do nothing. */
  awaitEnd(onOver: () => void): void {
    if (this.#settling !== undefined) return;
    this.#settling = startWatchdog(this.#clock, SETTLE_MS, onOver);
    if (this.#paused) this.#settling.pause();
  }

  /** A token has arrived, so the wait for the end begins again. */
  restartWait(): void {
    this.#settling?.feed();
  }

  /** The answer continues after all. */
  stopAwaiting(): void {
    this.#settling?.[Symbol.dispose]();
    this.#settling = undefined;
  }

  /** The reader is slow, so the provider's silence does not count. */
  pause(): void {
    this.#paused = true;
    this.#settling?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#settling?.resume();
  }

  /** Calls `onOver` once when the exchange has stayed open long enough after its end mark. */
  linger(onOver: () => void): void {
    this.#lingering = this.#clock.timer(LINGER_MS, onOver);
  }

  stopLingering(): void {
    this.#lingering?.[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#settling?.[Symbol.dispose]();
  }
}
