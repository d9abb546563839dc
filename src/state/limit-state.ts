import type { Target } from '../domain/chain.ts';
import type { Limits, LimitSource, Observation, WindowName } from '../domain/limits.ts';
import type { FailureKind } from '../domain/outcome.ts';

/** Why and until when something is not asked. */
export interface Cooldown {
  /** Milliseconds since the epoch. */
  readonly retryAt: number;
  /** Waiting a little does not help: money, keys, a missing model, a spent day. */
  readonly lasting: boolean;
  readonly reason: FailureKind;
}

/** One who may be asked, and what it would cost. */
export interface Candidate {
  readonly target: Target;
  /** Tokens that are booked for it until it is known what it took. */
  readonly tokens: number;
  /** Tokens that it takes for sure: where a limit is smaller, waiting never helps. Half of `tokens` unless given: estimates run to the double. */
  readonly minimumTokens?: number;
  /** How long at most it may stay booked without being settled, in milliseconds. */
  readonly lease: number;
}

/** Why a candidate is not taken now. `retryAt`: when it may be, milliseconds since the epoch; undefined where nobody knows. */
export type Obstacle =
  | ({ readonly kind: 'cooling_down' } & Cooldown)
  /** It keeps failing. */
  | { readonly kind: 'breaker_open'; readonly retryAt: number | undefined }
  /** What is left of a window is too little. */
  | { readonly kind: 'limited'; readonly window: WindowName | 'concurrency'; readonly retryAt: number | undefined }
  /** Larger than all that the window ever grants. */
  | { readonly kind: 'too_large'; readonly window: WindowName; readonly limit: number };

/** What an attempt's end says of the one asked: `neither` when it says nothing, as when the caller left. */
export type Verdict = 'healthy' | 'failed' | 'neither';

/** What is booked for one attempt. It ends by `settle`, or by itself when its lease does. */
export interface Hold {
  /** Whether it is the one attempt that finds out whether a broken one has healed. */
  readonly probe: boolean;
  /** The vendor has answered, so he has counted the request; his headers tell of windows. */
  replied(observed: readonly Observation[]): void;
  /** The same is sent once more, which the vendor counts as another request. */
  again(): void;
  /** It is the answer, though it goes on: the one asked works. */
  answered(): void;
  /** The attempt is over: what it took of tokens, undefined where what was booked stands. Idempotent, as `cancel` is. */
  settle(verdict: Verdict, tokens: number | undefined): void;
  /** The attempt is over before anything was sent, so that nothing of it counts. */
  cancel(verdict: Verdict): void;
}

/** Who was taken, if anybody, and why others were not. */
export interface Take {
  /** Index into the candidates; undefined where none fits. */
  readonly index: number | undefined;
  readonly hold: Hold | undefined;
  /** For each candidate before it, or for all of them, in their order. */
  readonly obstacles: readonly Obstacle[];
}

/** One window as it stands. */
export interface WindowStatus {
  readonly window: WindowName;
  readonly limit: number;
  readonly source: LimitSource;
  /** What counts against it, what runs included. */
  readonly used: number;
  /** When all of it is there again, milliseconds since the epoch; undefined while nothing is used. */
  readonly resetAt: number | undefined;
}

/** All that is known of what shares one set of limits. */
export interface CounterStatus {
  readonly windows: readonly WindowStatus[];
  readonly concurrency: { readonly limit: number | undefined; readonly running: number };
  /** The longest that covers it, its account's included. */
  readonly cooldown: Cooldown | undefined;
  readonly breaker: { readonly state: 'closed' | 'open' | 'half_open'; readonly retryAt: number | undefined };
}

/** What of the state outlives the process: long cooldowns and spent days, by key. Times in milliseconds since the epoch. */
export interface Lasting {
  readonly cooldowns: readonly (Cooldown & { readonly key: string })[];
  readonly windows: readonly {
    readonly key: string;
    readonly window: WindowName;
    /** A part of what is used; a window that rolls has several, each with an end of its own. */
    readonly used: number;
    readonly until: number;
    /** As the vendor told it; undefined where it is only configured. */
    readonly limit: number | undefined;
  }[];
}

/**
 * What is known of every account's and model's limits: windows, reservations, cooldowns, breakers. Keys are a target's `account`,
 * its `counted`, and account/model; that it keeps failing is known of a model at an address, under whatever key. Bounded: what was not asked about for longest is forgotten first. In memory it is exact for one process.
 */
export interface LimitState {
  /**
   * Takes the first candidate that nothing stands against, in one step, so that two never take the same room.
   * `despiteBreaker` asks one that keeps failing all the same. Never rejects: who keeps it elsewhere and cannot reach it answers by what he has.
   */
  take(candidates: readonly Candidate[], despiteBreaker?: boolean): Take | Promise<Take>;
  /** What stands against a candidate now; takes nothing. */
  look(candidate: Candidate): Obstacle | undefined;
  /** Leaves an account, or what is counted together, alone. A shorter one than what stands changes nothing. */
  cool(key: string, cooldown: Cooldown): void;
  /** Forgets the cooldowns for which `forgets` says so, and every limit that a vendor has told: both may be otherwise by now. */
  forgive(forgets: (cooldown: Cooldown) => boolean): void;
  /** Learns limits from a refusal. */
  learn(target: Target, limits: Limits): void;
  status(target: Target): CounterStatus;
  /** Calls back, in the same tick, with the key of whatever has changed, until disposed. */
  watch(listener: (key: string) => void): Disposable;
  /** What is to outlive the process. */
  lasting(): Lasting;
  /** Takes up what another process has left; what has expired is passed over. */
  restore(lasting: Lasting): void;
}
