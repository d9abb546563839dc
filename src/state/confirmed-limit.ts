import type { LimitSource } from '../domain/limits.ts';

/** A limit as it was told, and who says so. */
export interface Told {
  readonly limit: number;
  readonly source: LimitSource;
}

/** What a vendor told of one limit, as long as it is believed. Times in milliseconds since the epoch. */
export interface ConfirmedLimit {
  /** Undefined before he told anything. */
  readonly told: Told | undefined;
  /** By a reply's headers; what is no limit is passed over. */
  observe(limit: number | undefined): void;
  /** By the words of a refusal, which overrule no header. */
  learn(limit: number): void;
  /** Something has come through. */
  passed(): void;
  /**
   * A request does not fit. True where nothing has come through since the first one that did not, for longer than it is believed: then the
   * limit may have been misread, or be another by now. It is forgotten, and learned anew.
   */
  refused(now: number): boolean;
  /** Forgets what was told; false where nothing was. */
  forget(): boolean;
}

/** Makes one that knows nothing. `longest`: how long a limit is believed under which nothing comes through, in milliseconds. */
export function createConfirmedLimit(longest: number): ConfirmedLimit {
  let told: Told | undefined;
  let refusedSince: number | undefined;

  function forget(): boolean {
    const known = told !== undefined;
    told = undefined;
    refusedSince = undefined;
    return known;
  }

  return {
    get told() {
      return told;
    },
    observe(limit) {
      if (limit !== undefined && limit > 0) told = { limit, source: 'observed' };
    },
    learn(limit) {
      if (told?.source !== 'observed' && limit > 0) told = { limit, source: 'learned' };
    },
    passed: () => void (refusedSince = undefined),
    refused(now) {
      refusedSince ??= now;
      return now - refusedSince > longest && forget();
    },
    forget,
  };
}
