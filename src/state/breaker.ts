import type { CounterStatus, Verdict } from './limit-state.ts';

/** Consecutive failures that open it. */
const FAILURES = 5;
/** How long it stays open at first, in milliseconds. It doubles with each failed probe, up to the longest. */
const OPEN_MS = 5000;
const LONGEST_OPEN_MS = 300_000;

/**
 * A circuit breaker: closed, open, or half open while one attempt, the probe, checks whether the server works again. Times in milliseconds
 * since the epoch.
 */
export interface Breaker {
  /** Undefined when an attempt is allowed. Else `retryAt` is when it opens for a probe; undefined while a probe runs. */
  obstacle(now: number): { readonly retryAt: number | undefined } | undefined;
  /** Records that attempt number `order` starts; returns whether it is the probe. Numbers rise from attempt to attempt. */
  start(order: number, now: number): boolean;
  /** Records the verdict of attempt number `order`. */
  record(order: number, verdict: Verdict, now: number): void;
  status(now: number): CounterStatus['breaker'];
  /** Takes over that another process has opened it, or closed it; calls no listener. */
  adopt(opened: OpenBreaker | undefined): void;
}

/** An open breaker. */
export interface OpenBreaker {
  /** When it opens for a probe, milliseconds since the epoch. */
  readonly retryAt: number;
  /** How long it has been opened for, in milliseconds: a failed probe doubles it. */
  readonly wait: number;
}

/** Returns a closed one. `onChange` is called when it opens, with how, and when it closes. */
export function createBreaker(onChange?: (opened: OpenBreaker | undefined) => void): Breaker {
  let failures = 0;
  let openUntil: number | undefined;
  let wait = OPEN_MS;
  let probe: number | undefined;
  /** The newest attempt at the last change: attempts up to this one prove nothing about the time after it. */
  let changedAt = 0;
  let newest = 0;

  function close(): void {
    failures = 0;
    wait = OPEN_MS;
    if (openUntil !== undefined) change(undefined);
  }

  function change(until: number | undefined): void {
    adopt(until);
    onChange?.(until === undefined ? undefined : { retryAt: until, wait });
  }

  function adopt(until: number | undefined): void {
    openUntil = until;
    changedAt = newest;
    probe = undefined;
  }

  return {
    obstacle(now) {
      if (openUntil === undefined) return undefined;
      if (probe !== undefined) return { retryAt: undefined };
      return openUntil > now ? { retryAt: openUntil } : undefined;
    },
    start(order, now) {
      newest = Math.max(newest, order);
      if (openUntil === undefined || openUntil > now || probe !== undefined) return false;
      probe = order;
      return true;
    },
    record(order, verdict, now) {
      const probed = probe === order;
      if (probed) probe = undefined;
      if (verdict === 'neither' || (!probed && order <= changedAt)) return;
      if (verdict === 'healthy') return close();
      if (probed) {
        wait = Math.min(LONGEST_OPEN_MS, wait * 2);
        return change(now + wait);
      }
      // While it is open, attempts are made as a last resort; their failures change nothing.
      if (openUntil === undefined && ++failures >= FAILURES) change(now + wait);
    },
    adopt(opened) {
      if (opened === undefined) failures = 0;
      wait = opened?.wait ?? OPEN_MS;
      adopt(opened?.retryAt);
    },
    status(now) {
      if (openUntil === undefined) return { state: 'closed', retryAt: undefined };
      const state = probe !== undefined || openUntil <= now ? 'half_open' : 'open';
      return { state, retryAt: openUntil };
    },
  };
}
