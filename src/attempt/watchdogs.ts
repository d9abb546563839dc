import type { Timeouts } from '../domain/chain.ts';
import type { AttemptAbort } from '../domain/scope.ts';
import type { Clock } from '../lib/clock.ts';
import { startAlarm } from '../lib/alarm.ts';

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
export function startWatchdogs({ clock, timeouts, stream, commitWithin, giveUp }: WatchdogOptions): AttemptWatchdogs {
  // Vendors send the head of a JSON answer only with the finished answer.
  const unset = stream ? timeouts.streamStart : timeouts.total;
  const startedAt = clock.now();
  /** When each limit is over, milliseconds since the epoch; one that watches nothing any more, or not yet, never is. */
  const ends = {
    connect_timeout: startedAt + timeouts.connect,
    headers_timeout: startedAt + (timeouts.headers ?? unset),
    first_token_timeout: startedAt + Math.min(timeouts.firstToken ?? unset, commitWithin),
    idle_timeout: Infinity,
    total_timeout: startedAt + timeouts.total,
  };
  let readerPaused = false;

  const next = (): number =>
    Math.min(
      ends.connect_timeout,
      ends.headers_timeout,
      ends.first_token_timeout,
      ends.idle_timeout,
      ends.total_timeout,
    );
  // All of them are one timer: an attempt that goes well meets none.
  const alarm = startAlarm(clock, next, () => {
    const due = next();
    giveUp(LIMITS.find((limit) => ends[limit] === due) ?? 'total_timeout');
  });

  function feed(): void {
    if (!readerPaused) ends.idle_timeout = clock.now() + timeouts.idle;
  }

  return {
    started() {
      ends.connect_timeout = Infinity;
    },
    head() {
      ends.headers_timeout = Infinity;
      feed();
      alarm.moved();
    },
    data() {
      if (ends.idle_timeout < Infinity) feed();
    },
    committed() {
      ends.first_token_timeout = Infinity;
    },
    readerPaused() {
      readerPaused = true;
      ends.idle_timeout = Infinity;
    },
    readerResumed() {
      if (!readerPaused) return;
      readerPaused = false;
      feed();
      alarm.moved();
    },
    [Symbol.dispose]: () => alarm[Symbol.dispose](),
  };
}

const LIMITS = [
  'connect_timeout',
  'headers_timeout',
  'first_token_timeout',
  'idle_timeout',
  'total_timeout',
] as const satisfies readonly AttemptAbort[];
