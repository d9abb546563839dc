import type { KeyReplica } from '../auth/key-replica.ts';
import type { Snapshot } from '../domain/chain.ts';
import type { Standings } from '../domain/standing.ts';
import type { Clock } from '../lib/clock.ts';
import type { Accounts } from './accounts.ts';
import type { Ledger } from './ledger.ts';

/** What the parts of accounts share. */
export interface AccountTools {
  readonly replica: KeyReplica;
  /** The configuration that is served now. */
  readonly snapshot: () => Snapshot;
  readonly standings: Standings;
  readonly clock: Clock;
  /** Whole milliseconds since the epoch. */
  readonly now: () => number;
  readonly ledger: Ledger;
  readonly tenant: Accounts['tenant'];
}
