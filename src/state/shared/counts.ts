import type { LimitRules, Limits, LimitSource, Observation, WindowName } from '../../domain/limits.ts';
import type { WindowObstacle } from '../counter-windows.ts';
import type { Mark } from '../window-corrections.ts';
import type { News } from './news.ts';

/**
 * Where several processes keep one count: Redis, or the primary process of workers. Everything of one account is counted in one step. Times are milliseconds
 * since the epoch by the ledger's own clock, amounts are requests or tokens and may be fractions.
 */
export interface SharedCounts extends AsyncDisposable {
  /**
   * Applies the reports and then the takes of one account, all in one step. Rejects where the ledger cannot be reached or refuses. A call that is not answered may
   * still be executed later; it is safe to send the same `number` again.
   */
  sync(request: SyncRequest): Promise<SyncReply>;
  /**
   * Tells the ledger that this process lives, and learns which others do. `restored`: the epoch since whose begin the process has reported all that it knows; undefined
   * where there is none. Rejects as `sync` does.
   */
  beat(restored: string | undefined): Promise<Fleet>;
  /** Whether this process may send the probe of a server's half-open circuit breaker. It may for `lease` milliseconds; others may not. Rejects as `sync` does. */
  elect(server: string, lease: number): Promise<boolean>;
  /** Publishes a change to all other processes, and keeps it for those that start later. Rejects as `sync` does. */
  publish(news: News): Promise<void>;
  /** What was published and still applies. Rejects as `sync` does. */
  current(): Promise<readonly News[]>;
  /** Calls the listener with what other processes publish, until it is disposed. `undefined`: some may have been missed, so `current` is to be read. */
  watch(listener: (news: News | undefined) => void): Disposable;
}

/** The processes that share a ledger. */
export interface Fleet {
  /** By the ledger's clock. */
  readonly now: number;
  /** Changes when the ledger has lost what it knew. */
  readonly epoch: string;
  /** How many processes have sent a beat in the last 5 seconds, this one included. */
  readonly processes: number;
  /** How many of them have reported all that they know since the epoch began. */
  readonly restored: number;
}

/** What one process reports of one account, and what it wants to take. */
export interface SyncRequest {
  readonly account: string;
  /** The process's own id. */
  readonly process: string;
  /** Rises by one with each new request of this process for this account. Changes of a number that was applied before are not applied again; its takes are. */
  readonly number: number;
  /** How long the bookings of this process count without another request, in milliseconds. */
  readonly lease: number;
  readonly keys: readonly KeyReport[];
  readonly takes: readonly SharedTake[];
}

/** What a process reports of one counter. */
export interface KeyReport {
  readonly key: string;
  readonly rules: LimitRules;
  /** As configured. */
  readonly limits: Limits;
  /** What running requests of this process hold, as absolute numbers: a lost report heals with the next one. */
  readonly booked: Booked;
  /** In the order in which they happened. */
  readonly changes: readonly Change[];
  /** When an amount that is counted now expires, for each window that is known. */
  readonly ends: Readonly<Partial<Record<WindowName, number>>>;
}

/** What running requests hold of a counter and no window has counted yet. */
export interface Booked extends Readonly<Record<WindowName, number>> {
  readonly running: number;
}

/** Something that changes a window's count. */
export type Change =
  /** An amount was spent. `limit`: the window's, by which a bucket refills. */
  | {
      readonly kind: 'spent';
      readonly window: WindowName;
      readonly amount: number;
      readonly until: number;
      readonly limit: number | undefined;
    }
  /** A reply reported the window. `mark` was taken when the request was sent; `until`: when an amount that is counted now expires. */
  | {
      readonly kind: 'observed';
      readonly observation: Observation;
      readonly amount: number;
      readonly mark: Mark | undefined;
      readonly until: number;
    }
  /** A refusal's text revealed a limit. */
  | { readonly kind: 'learned'; readonly window: WindowName; readonly limit: number }
  /** All limits that providers reported may be outdated. */
  | { readonly kind: 'forget_limits' };

/** What one request wants to take: of all its parts, or of none. */
export interface SharedTake {
  readonly parts: readonly SharedDemand[];
}

/** What a request wants of one counter. */
export interface SharedDemand {
  /** Index into the request's `keys`. */
  readonly key: number;
  readonly tokens: number;
  /** Where a limit is smaller, waiting never helps. */
  readonly minimumTokens: number;
}

/** What the ledger answers. `keys` and `takes` are in the order of the request. */
export interface SyncReply {
  /** By the ledger's clock. */
  readonly now: number;
  readonly keys: readonly KeyStatus[];
  readonly takes: readonly SharedTaken[];
}

/** Whether a request may take what it wants; otherwise the part that stands against it longest. */
export type SharedTaken =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly part: number; readonly obstacle: WindowObstacle };

/** What all processes together have counted, after the changes and the takes. */
export interface KeyStatus {
  readonly running: number;
  /** How many processes have used the counter in the last 10 minutes, and the place of this one among them, from 0. */
  readonly processes: number;
  readonly place: number;
  /** Whether another process has reported other limits for it in the last minute: two configurations share one ledger. */
  readonly conflict: boolean;
  /** The windows that are known by a limit or by a reply. */
  readonly windows: readonly SharedWindow[];
}

/** One window, as all processes together have counted it. */
export interface SharedWindow extends Omit<Mark, 'end'> {
  readonly window: WindowName;
  /** As a provider reported it; undefined when it is only configured. */
  readonly limit: number | undefined;
  readonly source: LimitSource;
  /** Running requests included. */
  readonly used: number;
  /** The part of `used` that running requests hold. */
  readonly reserved: number;
  /** When all of it is available again; undefined while nothing is used. */
  readonly resetAt: number | undefined;
}
