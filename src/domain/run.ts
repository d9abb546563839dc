import type { ChatCompletion, CompletionUsage } from './chat.ts';
import type { OutcomeKind } from './outcome.ts';
import type { ErrorDetails, WireError } from './errors.ts';

/**
 * What happens to a run whose last reader disconnects. `abort`: it ends at once. `detach`: it continues for `graceMs`. `drain`: it continues to its
 * end.
 */
export const DISCONNECT_POLICIES = ['abort', 'detach', 'drain'] as const;

/** One of these. */
export type DisconnectPolicy = (typeof DISCONNECT_POLICIES)[number];

/** What a run does when its answer breaks off after the commit: it fails, or it begins again, once. */
export const CUT_POLICIES = ['error', 'reset'] as const;

/** One of these. */
export type CutPolicy = (typeof CUT_POLICIES)[number];

/** The longest idempotency key, in characters: that of Stripe's API (https://docs.stripe.com/api/idempotent_requests). */
export const MAX_IDEMPOTENCY_KEY = 255;

/** Options of a run. */
export interface RunOptions {
  /** The configuration's `runs.disconnect` unless given. */
  readonly disconnect?: DisconnectPolicy | undefined;
  /** Milliseconds for which a `detach`ed run continues without a reader, at most `runs.maxGrace`; 30,000 unless given. */
  readonly graceMs?: number | undefined;
  /** `error` unless given. */
  readonly onCut?: CutPolicy | undefined;
  /** Further requests of the same client with this key and the same content get the same run while it is kept. */
  readonly idempotencyKey?: string | undefined;
}

/** The state of a run. `interrupted`: the gateway shut down, or was lost, before its end. */
export type RunStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'interrupted';

/** An error in a run: OpenAI's members, the HTTP status that a response would have, and what a tRPC error holds beside them. */
export interface RunError
  extends WireError, Pick<ErrorDetails, 'attempts' | 'chain' | 'models' | 'retryAfter' | 'shouldRetry' | 'retryAt'> {
  readonly status: number;
}

/** A generation that continues, and is kept, independently of the connection that started it. */
export interface Run {
  readonly id: string;
  readonly object: 'run';
  readonly status: RunStatus;
  /** `model` as it was requested. */
  readonly model: string | null;
  /** Seconds since the epoch. */
  readonly created_at: number;
  readonly ended_at: number | null;
  /** When an ended run is removed; null while it runs. */
  readonly expires_at: number | null;
  /** The id of the last event so far; null before the first. */
  readonly last_event_id: string | null;
  readonly usage: CompletionUsage | null;
  readonly error: RunError | null;
  /** The whole answer of a completed run; null before, and where its events are no longer kept as a whole. */
  readonly answer: ChatCompletion | null;
}

/** A value of a stream whose events have ids, as tRPC's clients get it. */
export interface TrackedData<Value> {
  readonly id: string;
  readonly data: Value;
}

/**
 * One event of a run. Exactly one `done` or `error` is the last. Clients must ignore types that they do not know. Times in milliseconds; `n`
 * counts the attempts from 1.
 */
export type RunEvent<Chunk> =
  | { readonly type: 'queued'; readonly position: number; readonly etaMs: number | null }
  | {
      readonly type: 'attempt';
      readonly n: number;
      readonly provider: string;
      readonly model: string;
      readonly hedge?: true | undefined;
    }
  | {
      readonly type: 'attempt_failed';
      readonly n: number;
      readonly provider: string;
      readonly model: string;
      readonly outcome: OutcomeKind;
      readonly status: number | null;
      /** The provider's words, under the same rule as in an error's attempts; null where they are not shown. */
      readonly message: string | null;
    }
  | {
      readonly type: 'committed';
      readonly n: number;
      readonly provider: string;
      readonly model: string;
      /** From the start of the run. */
      readonly afterMs: number;
    }
  | { readonly type: 'chunk'; readonly chunk: Chunk }
  /** The text so far is void: the answer begins again. Only with `onCut: 'reset'`, once at most. `n`: the attempt that broke off. */
  | { readonly type: 'reset'; readonly n: number; readonly reason: string }
  | { readonly type: 'done'; readonly usage: CompletionUsage | null }
  | { readonly type: 'error'; readonly error: RunError };
