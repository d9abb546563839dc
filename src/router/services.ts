import type { Entry, Target } from '../domain/chain.ts';
import type { ConfigurationStatus } from '../domain/configuration-status.ts';
import type { LimitStatus } from '../domain/limit-list.ts';
import type { EntryStatus } from '../domain/models.ts';
import type { RequestScope } from '../domain/scope.ts';

/** What the procedures of one gateway use beside its chains. One object for all calls. */
export interface Services {
  /** The gateway's version. */
  readonly version: string;
  /** Whether the gateway accepts requests. */
  ready(): boolean;
  /** Origin and state of the configuration that is served. */
  configuration(): ConfigurationStatus;
  /** The state of an entry: whether it can be tried now. */
  entryStatus(entry: Entry): EntryStatus;
  /** The context window of a target's model in tokens: as configured, else as the price lists state it; undefined where it is unknown. */
  contextTokens(target: Target): number | undefined;
  /** What is known of the limits of every model that the principal may use. */
  limits(scope: RequestScope): readonly LimitStatus[];
  /** How many open subscriptions that no chain answers a principal has, given its id. */
  subscriptionsOf(principal: string): number;
  /** All rows first, then each row that changes: an EventStream, whose raw face is not in the type. Ends when its consumer cancels. */
  watchLimits(scope: RequestScope): AsyncIterable<LimitStatus>;
}
