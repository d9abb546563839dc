import type { Target } from '../domain/chain.ts';
import type { Limits, LimitSource, Observation, WindowName } from '../domain/limits.ts';
import type { FailureKind } from '../domain/outcome.ts';

/** Until when, and why, no request is sent to an account, to what shares its limits, or to a model. */
export interface Cooldown {
  /** Milliseconds since the epoch. */
  readonly retryAt: number;
  /** A short wait does not help: billing, a refused key, an unknown model, a spent daily quota. */
  readonly lasting: boolean;
  readonly reason: FailureKind;
}

/** What has limits of its own: a target of a provider, or a key or a tenant of this gateway. */
export type Counted = Pick<Target, 'account' | 'counterKey' | 'limits' | 'rules'>;

/** A target that a request may be sent to, and what the request would take. */
export interface Candidate extends CountedDemand {
  readonly target: Target;
}

/** What a request would take of something that has limits. */
export interface CountedDemand {
  /** Tokens that are reserved until it is known how many were taken. */
  readonly tokens: number;
  /**
   * Tokens that the request takes at least: where a limit is smaller, waiting never helps. Half of `tokens` unless given, since estimates
   * may be twice too high.
   */
  readonly minimumTokens?: number;
  /** How long the reservation lasts at most without being settled, in milliseconds. */
  readonly lease: number;
}

/** Why a candidate is not taken now. `retryAt`: when it may be, milliseconds since the epoch; undefined when that is unknown. */
export type Obstacle =
  | ({ readonly kind: 'cooling_down' } & Cooldown)
  /** It keeps failing: its circuit breaker is open. */
  | { readonly kind: 'breaker_open'; readonly retryAt: number | undefined }
  /** Too little of a window remains, or too many requests run. */
  | { readonly kind: 'limited'; readonly window: WindowName | 'concurrency'; readonly retryAt: number | undefined }
  /** Larger than the whole window. */
  | { readonly kind: 'too_large'; readonly window: WindowName; readonly limit: number };

/** Effect of an attempt on the target's health; `neither` when it proves nothing (the client disconnected). */
export type Verdict = 'healthy' | 'failed' | 'neither';

/** A held reservation of one attempt. It ends by `settle` or `release`, or by itself when its lease ends. */
export interface Hold {
  /** Whether this attempt is the probe of a half-open circuit breaker. */
  readonly probe: boolean;
  /** The provider has replied, so it has counted the request; the reply's headers report windows. */
  replied(observed: readonly Observation[]): void;
  /** The same request is sent once more, which the provider counts as another one. */
  again(): void;
  /** The reply is the answer, though its stream still runs: the target is healthy. */
  answered(): void;
  /** The attempt is over and took `tokens`; undefined when what was reserved stands. Idempotent, as `release` is. */
  settle(verdict: Verdict, tokens: number | undefined): void;
  /** The attempt is over before anything was sent: nothing of it counts. */
  release(verdict: Verdict): void;
}

/** What one request holds of the limits of its key and its tenant. Both methods are idempotent, and only the first call of either counts. */
export interface Share {
  /** The request is over and took `tokens`; undefined when what was reserved stands. */
  settle(tokens: number | undefined): void;
  /** Nothing was sent for the request: nothing of it counts. */
  release(): void;
}

/** The shares of a request, or what stands against one of them. */
export type TakeAll =
  | { readonly kind: 'taken'; readonly share: Share }
  | {
      readonly kind: 'refused';
      readonly refused: Counted;
      readonly obstacle: Extract<Obstacle, { kind: 'limited' | 'too_large' }>;
    };

/** The candidate that was taken, if any, and why the others were not. */
export interface Take {
  /** Index into the candidates; undefined when none was taken. */
  readonly index: number | undefined;
  readonly hold: Hold | undefined;
  /** One for each candidate before the taken one, or for all of them, in their order. */
  readonly obstacles: readonly Obstacle[];
}

/** How candidates are taken. */
export interface TakeOptions {
  /** Takes a candidate though its circuit breaker is open: as a last resort. */
  readonly ignoreBreaker?: boolean;
}

/** What a window counts. */
export type WindowUnit = 'requests' | 'tokens';

/** One window at present. */
export interface WindowStatus {
  readonly window: WindowName;
  readonly limit: number;
  readonly source: LimitSource;
  /** What counts against the limit, running attempts included. */
  readonly used: number;
  /** The part of `used` that running attempts have reserved and that is not counted yet. */
  readonly reserved: number;
  /** When all of it is available again, milliseconds since the epoch; undefined while nothing is used. */
  readonly resetAt: number | undefined;
}

/** All that is known of a target and of what shares its limits. */
export interface CounterStatus {
  readonly windows: readonly WindowStatus[];
  readonly concurrency: { readonly limit: number | undefined; readonly running: number };
  /** The longest that covers the target, its account's included. */
  readonly cooldown: Cooldown | undefined;
  readonly breaker: { readonly state: 'closed' | 'open' | 'half_open'; readonly retryAt: number | undefined };
}

/** The part of the state that outlives the process: long cooldowns and used daily quotas, by key. Times in milliseconds since the epoch. */
export interface Lasting {
  readonly cooldowns: readonly (Cooldown & { readonly key: string })[];
  readonly windows: readonly {
    readonly key: string;
    readonly window: WindowName;
    /** A part of what is used; a rolling window has several, each with its own expiry. */
    readonly used: number;
    readonly until: number;
    /** As the provider reported it; undefined when it is only configured. */
    readonly limit: number | undefined;
  }[];
}

/** Takes what requests need. */
export interface LimitLedger {
  /**
   * Takes the first candidate without an obstacle and reserves what it takes, in one step: two requests never take the same capacity.
   * Never rejects: an implementation that cannot reach its storage decides by what it has locally.
   */
  take(candidates: readonly Candidate[], options?: TakeOptions): Take | Promise<Take>;
  /**
   * Takes what a request needs of all of these, which are keys and tenants of one account, or of none where one has an obstacle: the one that lasts longest. In
   * one step, as `take`. Never rejects.
   */
  takeAll(counted: readonly Counted[], demand: CountedDemand): TakeAll | Promise<TakeAll>;
  /** Puts an account, what shares its limits, or a model into cooldown. Changes nothing when the key is in a longer one. */
  cool(key: string, cooldown: Cooldown): void;
  /** Forgets the cooldowns with these reasons, and all limits that providers reported: they may be outdated. */
  forget(reasons: readonly FailureKind[]): void;
  /** Learns limits from a refusal. */
  learn(target: Target, limits: Limits): void;
}

/** Reads what is known of limits in this process, without waiting for another one. */
export interface LimitReads {
  /** Returns the present obstacle of a candidate; takes nothing. */
  look(candidate: Candidate): Obstacle | undefined;
  /** The windows that a key or a tenant has limits for, and how many of its requests run. */
  standing(counted: Counted): Pick<CounterStatus, 'windows' | 'concurrency'>;
  /**
   * Of the windows of keys and tenants that count `unit`, the one of which the least is left; undefined where none has such a limit. `now`: milliseconds since
   * the epoch.
   */
  tightest(counted: readonly Counted[], unit: WindowUnit, now: number): WindowStatus | undefined;
  status(target: Target): CounterStatus;
  /** Calls the listener with each key that changes, in the same tick, until it is disposed. */
  watch(listener: (key: string) => void): Disposable;
}

/** What outlives the process. */
export interface LastingLimits {
  /** Returns what outlives the process. */
  lasting(): Lasting;
  /** Takes over what an earlier process stored; what has expired is ignored. */
  restore(lasting: Lasting): void;
}

/**
 * The limits of all accounts and models: windows, reservations, cooldowns, circuit breakers. Windows are kept by a target's `counterKey`,
 * cooldowns by its `account`, `counterKey` or `modelKey`, breakers by its `server`, whichever key it uses. Bounded: what was used longest
 * ago is forgotten first. In memory it is exact for one process; over a shared ledger, for all processes while the ledger answers.
 */
export interface LimitState extends LimitLedger, LimitReads, LastingLimits {}
