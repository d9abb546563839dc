import type { Timeouts } from '../domain/chain.ts';
import type { AttemptAbort } from '../domain/scope.ts';
import type { Clock } from '../lib/clock.ts';
import { type Alarm, startAlarm } from '../lib/alarm.ts';

/** The time limits of one attempt. Each barks by giving the attempt up with its reason. Dispose stops them all; idempotent. */
export interface AttemptWatchdogs extends Disposable {
  /** A socket is ours. */
  started(): void;
  /** The reply's head came. */
  head(): void;
  /** Data came: an event that carries data, or bytes of a JSON body. Nothing else feeds. */
  data(): void;
  /** The attempt is the answer. */
  committed(): void;
  /** The reader is slow: his back-pressure is not the vendor's silence. */
  readerPaused(): void;
  readerResumed(): void;
}

/** What the limits of one attempt follow from. */
export interface WatchdogOptions {
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  readonly stream: boolean;
  /** Milliseconds this attempt may take to its first token by the chain's budget. */
  readonly commitWithin: number;
  readonly giveUp: (code: AttemptAbort) => void;
}

/** Starts the limits of an attempt, counted from its dispatch. */
export function startWatchdogs(options: WatchdogOptions): AttemptWatchdogs {
  return new OneAlarm(options);
}

/** All of them are one timer: an attempt that goes well meets none. */
class OneAlarm implements AttemptWatchdogs {
  readonly #clock: Clock;
  /** In milliseconds. */
  readonly #idle: number;
  /** When each limit is over, milliseconds since the epoch; one that watches nothing any more, or not yet, never is. */
  readonly #ends: Record<(typeof LIMITS)[number], number>;
  readonly #alarm: Alarm;
  #readerPaused = false;

  constructor({ clock, timeouts, stream, commitWithin, giveUp }: WatchdogOptions) {
    // Vendors send the head of a JSON answer only with the finished answer.
    const unset = stream ? timeouts.streamStart : timeouts.total;
    const startedAt = clock.now();
    this.#clock = clock;
    this.#idle = timeouts.idle;
    this.#ends = {
      connect_timeout: startedAt + timeouts.connect,
      headers_timeout: startedAt + (timeouts.headers ?? unset),
      first_token_timeout: startedAt + Math.min(timeouts.firstToken ?? unset, commitWithin),
      idle_timeout: Infinity,
      total_timeout: startedAt + timeouts.total,
    };
    this.#alarm = startAlarm(
      clock,
      () => this.#next(),
      () => {
        const due = this.#next();
        giveUp(LIMITS.find((limit) => this.#ends[limit] === due) ?? 'total_timeout');
      },
    );
  }

  started(): void {
    this.#ends.connect_timeout = Infinity;
  }

  head(): void {
    this.#ends.headers_timeout = Infinity;
    this.#feed();
    this.#alarm.moved();
  }

  data(): void {
    if (this.#ends.idle_timeout < Infinity) this.#feed();
  }

  committed(): void {
    this.#ends.first_token_timeout = Infinity;
  }

  readerPaused(): void {
    this.#readerPaused = true;
    this.#ends.idle_timeout = Infinity;
  }

  readerResumed(): void {
    if (!this.#readerPaused) return;
    this.#readerPaused = false;
    this.#feed();
    this.#alarm.moved();
  }

  [Symbol.dispose](): void {
    this.#alarm[Symbol.dispose]();
  }

  #next(): number {
    const ends = this.#ends;
    return Math.min(
      ends.connect_timeout,
      ends.headers_timeout,
      ends.first_token_timeout,
      ends.idle_timeout,
      ends.total_timeout,
    );
  }

  #feed(): void {
    if (!this.#readerPaused) this.#ends.idle_timeout = this.#clock.now() + this.#idle;
  }
}

const LIMITS = [
  'connect_timeout',
  'headers_timeout',
  'first_token_timeout',
  'idle_timeout',
  'total_timeout',
] as const satisfies readonly AttemptAbort[];
