import type { Timeouts } from '../domain/chain.ts';
import type { AttemptAbort } from '../domain/scope.ts';
import type { Clock } from '../lib/clock.ts';
import { startWatchdog, type Watchdog } from '../lib/watchdog.ts';

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
  const connect = clock.timer(timeouts.connect, () => giveUp('connect_timeout'));
  const headers = clock.timer(timeouts.headers ?? unset, () => giveUp('headers_timeout'));
  const firstToken = clock.timer(Math.min(timeouts.firstToken ?? unset, commitWithin), () =>
    giveUp('first_token_timeout'),
  );
  const total = clock.timer(timeouts.total, () => giveUp('total_timeout'));
  let idle: Watchdog | undefined;

  return {
    started: () => connect[Symbol.dispose](),
    head() {
      headers[Symbol.dispose]();
      idle = startWatchdog(clock, timeouts.idle, () => giveUp('idle_timeout'));
    },
    data: () => idle?.feed(),
    committed: () => firstToken[Symbol.dispose](),
    readerPaused: () => idle?.pause(),
    readerResumed: () => idle?.resume(),
    [Symbol.dispose]() {
      for (const each of [connect, headers, firstToken, total, idle]) each?.[Symbol.dispose]();
    },
  };
}
