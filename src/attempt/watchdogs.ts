import type { Timeouts } from '../domain/chain.ts';
import type { AttemptAbort } from '../domain/scope.ts';
import type { Clock } from '../lib/clock.ts';
import { type Alarm, startAlarm } from '../lib/alarm.ts';

/** The timeouts of one attempt. Each cancels the attempt with its reason. Dispose stops them all; idempotent. */
export interface AttemptWatchdogs extends Disposable {
  /** The attempt has a socket. */
  started(): void;
  /** The reply's head has arrived. */
  head(): void;
  /** Data has arrived: an event that carries data, or bytes of a JSON body. Nothing else starts or restarts a stream's idle timeout. */
  data(): void;
  /** The first token of an answer that is complete before it is committed: from now on only the chain's time budget bounds its commit. */
  begun(): void;
  /** The attempt has become the answer. */
  committed(): void;
  /** The reader is slow: its backpressure is not the provider's silence. */
  readerPaused(): void;
  readerResumed(): void;
}

/** What the timeouts of one attempt depend on. */
export interface WatchdogOptions {
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  readonly stream: boolean;
  /** Milliseconds this attempt may take to its first token by the chain's time budget. */
  readonly commitWithin: number;
  readonly onTimeout: (code: AttemptAbort) => void;
}

/** Starts the timeouts of an attempt, counted from its dispatch. */
export function startWatchdogs(options: WatchdogOptions): AttemptWatchdogs {
  return new OneAlarm(options);
}

/** One timer serves all timeouts: an attempt that succeeds in time never fires it. */
class OneAlarm implements AttemptWatchdogs {
  readonly #clock: Clock;
  /** In milliseconds. */
  readonly #idle: number;
  /** The latest time of the commit, milliseconds since the epoch. */
  readonly #commitBy: number;
  /** When each timeout fires, milliseconds since the epoch; Infinity while it is not armed. */
  readonly #firesAt: Record<(typeof TIMEOUTS)[number], number>;
  readonly #alarm: Alarm;
  /** Whether silence counts from the head on. Until a stream's first data only `firstToken` does: the server may be loading or reasoning. */
  readonly #idleFromHead: boolean;
  #readerPaused = false;

  constructor({ clock, timeouts, stream, commitWithin, onTimeout }: WatchdogOptions) {
    // Providers send the head of a JSON answer only with the finished answer.
    const unset = stream ? timeouts.streamStart : timeouts.total;
    const startedAt = clock.now();
    this.#clock = clock;
    this.#idle = timeouts.idle;
    this.#commitBy = startedAt + commitWithin;
    this.#idleFromHead = !stream && timeouts.coldStart === undefined;
    this.#firesAt = {
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
        onTimeout(TIMEOUTS.find((timeout) => this.#firesAt[timeout] === due) ?? 'total_timeout');
      },
    );
  }

  started(): void {
    this.#firesAt.connect_timeout = Infinity;
  }

  head(): void {
    this.#firesAt.headers_timeout = Infinity;
    if (this.#idleFromHead) this.data();
  }

  data(): void {
    const isFirst = this.#firesAt.idle_timeout === Infinity;
    this.#feed();
    if (isFirst) this.#alarm.moved();
  }

  begun(): void {
    this.#firesAt.first_token_timeout = this.#commitBy;
  }

  committed(): void {
    this.#firesAt.first_token_timeout = Infinity;
    this.data();
  }

  readerPaused(): void {
    this.#readerPaused = true;
    this.#firesAt.idle_timeout = Infinity;
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
    const firesAt = this.#firesAt;
    return Math.min(
      firesAt.connect_timeout,
      firesAt.headers_timeout,
      firesAt.first_token_timeout,
      firesAt.idle_timeout,
      firesAt.total_timeout,
    );
  }

  #feed(): void {
    if (!this.#readerPaused) this.#firesAt.idle_timeout = this.#clock.now() + this.#idle;
  }
}

const TIMEOUTS = [
  'connect_timeout',
  'headers_timeout',
  'first_token_timeout',
  'idle_timeout',
  'total_timeout',
] as const satisfies readonly AttemptAbort[];
