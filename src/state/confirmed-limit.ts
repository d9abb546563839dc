import type { LimitSource } from '../domain/limits.ts';

/** A limit that a provider reported, and where it was read: in a reply's headers or in a refusal's text. */
export interface ReportedLimit {
  readonly limit: number;
  readonly source: LimitSource;
}

/** The limit of one window as its provider reported it, for as long as it is trusted. Times in milliseconds since the epoch. */
export interface ConfirmedLimit {
  /** Undefined until the provider reports a limit, and again once it is forgotten. */
  readonly reported: ReportedLimit | undefined;
  /** Takes a limit from a reply's headers. Ignores undefined, and numbers that are not above 0. */
  observe(limit: number | undefined): void;
  /** Takes a limit from a refusal's text. Never overrules a limit from headers. */
  learn(limit: number): void;
  /** Records that a request fits the limit. */
  confirm(): void;
  /**
   * Records that a request does not fit. Returns true when no request has fitted since the first one that did not, for longer than the limit
   * is trusted. The limit is forgotten then, to be learned again: it may have been misread, or may have changed.
   */
  recordBlocked(now: number): boolean;
  /** Forgets the limit; returns false when none was known. */
  forget(): boolean;
}

/** Returns one without a limit. `lifetime`: how long a limit is trusted while no request fits it, in milliseconds. */
export function createConfirmedLimit(lifetime: number): ConfirmedLimit {
  let reported: ReportedLimit | undefined;
  let blockedSince: number | undefined;

  function forget(): boolean {
    const known = reported !== undefined;
    reported = undefined;
    blockedSince = undefined;
    return known;
  }

  return {
    get reported() {
      return reported;
    },
    observe(limit) {
      if (limit !== undefined && limit > 0) reported = { limit, source: 'observed' };
    },
    learn(limit) {
      if (reported?.source !== 'observed' && limit > 0) reported = { limit, source: 'learned' };
    },
    confirm: () => void (blockedSince = undefined),
    recordBlocked(now) {
      blockedSince ??= now;
      return now - blockedSince > lifetime && forget();
    },
    forget,
  };
}
