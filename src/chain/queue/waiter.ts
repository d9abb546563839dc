import type { QueueLimits } from '../../domain/chain.ts';
import type { Candidate, Hold } from '../../state/limit-state.ts';

/** The place of a request in its queue. */
export interface QueuePlace {
  /** Its place in the order in which waiting requests are served, counted from 1. */
  readonly position: number;
  /** Milliseconds until one of its candidates may be taken, at the earliest; undefined where that is unknown. */
  readonly etaMs: number | undefined;
}

/** Notified once when a request has to wait. Must not throw. */
export type QueueListener = (place: QueuePlace) => void;

/** A request that waits until one of its candidates can be taken. */
export interface QueueRequest {
  readonly limits: QueueLimits;
  /** Id of its principal: a principal's requests are served in order, and principals in turn. */
  readonly principal: string;
  readonly candidates: readonly Candidate[];
  /** When it stops waiting, milliseconds since the epoch. */
  readonly until: number;
  readonly signal: AbortSignal;
  /** Not called for a request that is served at once. */
  readonly onQueued?: QueueListener | undefined;
}

/** The result of waiting. */
export type QueueResult =
  | { readonly kind: 'taken'; readonly index: number; readonly hold: Hold }
  /** The queue has no room. */
  | { readonly kind: 'full' }
  /** The request has waited as long as it may. */
  | { readonly kind: 'timed_out' }
  /** The client disconnected. */
  | { readonly kind: 'cancelled' };

/** A request in the queue. */
export interface Waiter extends QueueRequest {
  /** Removes it from the queue with its result. */
  settle(result: QueueResult): void;
}
