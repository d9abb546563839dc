import type { FailureKind } from '../../domain/outcome.ts';
import type { Cooldown } from '../limit-state.ts';

/** What one process tells the others. Times in milliseconds since the epoch by the ledger's clock. */
export type News =
  /** An account, a counter or a model is in cooldown. */
  | { readonly kind: 'cooldown'; readonly key: string; readonly cooldown: Cooldown }
  /** The circuit breaker of a server has opened until `retryAt`, or has opened again after a failed probe. `wait`: how long, in milliseconds. */
  | { readonly kind: 'breaker_open'; readonly server: string; readonly retryAt: number; readonly wait: number }
  | { readonly kind: 'breaker_closed'; readonly server: string }
  /**
   * A configuration was reloaded: cooldowns with these reasons are forgotten, and so are all limits that providers reported. Within a minute of another one it is
   * ignored, since the replicas of a fleet reload one after the other.
   */
  | { readonly kind: 'forgive'; readonly reasons: readonly FailureKind[] };
