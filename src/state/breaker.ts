import type { CounterStatus, Verdict } from './limit-state.ts';

/** So many failures in a row open it. */
const FAILURES = 5;
/** How long it stays open at first, in milliseconds; it doubles with each probe that fails, up to the longest. */
const OPEN_MS = 5000;
const LONGEST_OPEN_MS = 300_000;

/** Whether something that keeps failing is asked: closed, open, and half open while one attempt finds out. */
export interface Breaker {
  /** Undefined when it may be asked; else since it is open until then, or until a probe ends. */
  open(now: number): { readonly retryAt: number | undefined } | undefined;
  /** Someone asks it now, as number `order`; answers whether he is the probe. */
  ask(order: number, now: number): boolean;
  /** What came of the one who asked as number `order`. */
  tell(order: number, verdict: Verdict, now: number): void;
  status(now: number): CounterStatus['breaker'];
}

/** Makes a closed one. */
export function createBreaker(): Breaker {
  let failures = 0;
  let openUntil: number | undefined;
  let wait = OPEN_MS;
  let probe: number | undefined;
  /** Who asked before the last change has nothing to say of what came after it. */
  let changedAt = 0;
  let newest = 0;

  function close(): void {
    if (openUntil !== undefined) change(undefined);
    failures = 0;
    wait = OPEN_MS;
  }

  function change(until: number | undefined): void {
    openUntil = until;
    changedAt = newest;
    probe = undefined;
  }

  return {
    open(now) {
      if (openUntil === undefined) return undefined;
      if (probe !== undefined) return { retryAt: undefined };
      return openUntil > now ? { retryAt: openUntil } : undefined;
    },
    ask(order, now) {
      newest = Math.max(newest, order);
      if (openUntil === undefined || openUntil > now || probe !== undefined) return false;
      probe = order;
      return true;
    },
    tell(order, verdict, now) {
      const probed = probe === order;
      if (probed) probe = undefined;
      if (verdict === 'neither' || (!probed && order <= changedAt)) return;
      if (verdict === 'healthy') return close();
      if (probed) {
        wait = Math.min(LONGEST_OPEN_MS, wait * 2);
        return change(now + wait);
      }
      // An open one is asked as a last resort too; that it fails then is no news.
      if (openUntil === undefined && ++failures >= FAILURES) change(now + wait);
    },
    status(now) {
      if (openUntil === undefined) return { state: 'closed', retryAt: undefined };
      const state = probe !== undefined || openUntil <= now ? 'half_open' : 'open';
      return { state, retryAt: openUntil };
    },
  };
}
