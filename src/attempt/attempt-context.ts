import type { Call } from '../domain/call.ts';
import type { Target, Timeouts } from '../domain/chain.ts';
import type { Observation } from '../domain/limits.ts';
import type { Dialect } from '../dialects/codec.ts';
import type { Clock } from '../lib/clock.ts';
import type { Redact } from '../lib/redact.ts';
import type { Flow, Transport, TransportFailure } from '../upstream/transport.ts';
import type { AttemptResult, CommitGate, EndedStream } from './answer.ts';
import type { AttemptWatchdogs } from './watchdogs.ts';

/** What an attempt needs that is the same for all. */
export interface AttemptTools {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly dialect: Dialect;
}

/** Told of an attempt as it goes on. */
export interface AttemptWatcher {
  /** A socket is ours and the request is being written: from then on it may cost. */
  sent?(): void;
  /** What the head of a reply that is no refusal says of limits; a refusal's reading says it. */
  replied?(observed: readonly Observation[]): void;
  /** How a committed stream ended; told once. */
  streamEnded?(ended: EndedStream): void;
}

/** One attempt's own facts. */
export interface AttemptOptions {
  readonly call: Call;
  readonly target: Target;
  readonly timeouts: Timeouts;
  /** Milliseconds until the commit at the latest, by the chain's budget. */
  readonly commitWithin: number;
  readonly gate: CommitGate;
  /** Takes the configuration's secrets out of a vendor's words. */
  readonly redact: Redact;
  /** What every request of ours to an upstream says beside what its dialect does. */
  readonly headers: Readonly<Record<string, string>>;
  /** The request's signal: an abort ends the attempt in every state, a committed stream's too. */
  readonly signal: AbortSignal;
  readonly watcher: AttemptWatcher;
}

/** The part of an attempt that comes after the reply's head. */
export interface Reception {
  data(bytes: Buffer): void;
  end(): void;
  broke(how: Breakage): void;
}

/**
 * Why a reply is not read to its end: the exchange broke off, a watchdog or the caller gave the attempt up, or our own reading of it threw,
 * after which nothing that was seen counts as whole. The message is safe to show.
 */
export type Breakage =
  | TransportFailure
  | { readonly kind: 'given_up'; readonly code: string }
  | { readonly kind: 'unreadable'; readonly message: string };

/** What a reception works with. Pausing and resuming it slows and wakes the upstream. */
export interface ReceptionContext extends Flow {
  readonly tools: AttemptTools;
  readonly options: AttemptOptions;
  /** Cleans a vendor's words of secrets, and of this entry's address. */
  readonly redact: Redact;
  readonly watchdogs: AttemptWatchdogs;
  /** The attempt came to this. Later calls do nothing. */
  settle(result: AttemptResult): void;
  /** Ends the exchange and everything of the attempt; idempotent. */
  release(): void;
  /** Ends the exchange for a reason. */
  abort(code: string): void;
}
