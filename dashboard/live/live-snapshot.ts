import type {
  LimitStatus,
  WatchedAttemptFinished,
  WatchedCommitted,
  WatchedRequestFinished,
  WatchedRequestStarted,
} from 'spillway/client';

/** An attempt of a request in progress. Instants are the browser's, in milliseconds since the epoch. */
export interface LiveAttempt {
  /** Counts the request's attempts from 1. */
  readonly n: number;
  readonly provider: string;
  readonly model: string;
  readonly key: number | null;
  readonly hedge: boolean;
  readonly startedAt: number;
  /** Its end; null while it runs. */
  readonly finished: WatchedAttemptFinished | null;
  /** When the page saw its end. */
  readonly finishedAt: number | null;
}

/** A request as its events have shown it. */
export interface LiveRequest {
  readonly id: string;
  readonly chain: string;
  /** What is known from its start; null where the page was opened later, and only its end was seen. */
  readonly started: WatchedRequestStarted | null;
  /** When the page saw it first, by the browser's clock. */
  readonly seenAt: number;
  /** Its place in the queue of its chain; null while it does not wait. */
  readonly position: number | null;
  readonly attempts: readonly LiveAttempt[];
  readonly committed: WatchedCommitted | null;
  readonly finished: WatchedRequestFinished | null;
  /** When the page saw its end, by the browser's clock; null while it runs. */
  readonly endedAt: number | null;
}

/** What ended within one second. */
export interface LiveSecond {
  /** Seconds since the epoch, by the browser's clock. */
  readonly second: number;
  readonly requests: number;
  /** Requests whose code is neither `ok` nor `client_closed`. */
  readonly failed: number;
  /** Requests that an entry answered after another one had failed. */
  readonly failovers: number;
}

/** What a tab knows of the gateway's present. Parts that have not changed keep their identity. */
export interface LiveSnapshot {
  readonly status: 'connecting' | 'live' | 'paused' | 'lost';
  /** Requests in progress, the newest one first. */
  readonly running: readonly LiveRequest[];
  /** Requests that have ended, the newest one first. */
  readonly ended: readonly LiveRequest[];
  /** Rows of `limits.list` by their ids. */
  readonly limits: ReadonlyMap<string, LimitStatus>;
  /** The seconds in which something ended, the newest one last. None is from before a time whose events were not seen. */
  readonly seconds: readonly LiveSecond[];
  /** Events that the gateway left out, because there were too many. */
  readonly lost: number;
  /** When it reported that the last time, by the browser's clock; null where it never did. */
  readonly lostAt: number | null;
}

/** The state before the first event. */
export const NOTHING_LIVE: LiveSnapshot = Object.freeze({
  status: 'connecting',
  running: [],
  ended: [],
  limits: new Map(),
  seconds: [],
  lost: 0,
  lostAt: null,
});
