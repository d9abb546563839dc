import type { KeyReplica } from '../auth/key-replica.ts';
import type { KeyWithSecret } from '../domain/account.ts';
import type { Snapshot } from '../domain/chain.ts';
import type { Tenant } from '../domain/key-record.ts';
import type { Standings } from '../domain/standing.ts';
import type { Clock } from '../lib/clock.ts';
import type { Store } from '../store/store.ts';
import type { AccountTools } from './account-tools.ts';
import type { Accounts } from './accounts.ts';
import { createKeyMaker } from './create-key.ts';
import { createKeyReadings } from './key-readings.ts';
import { createLedger } from './ledger.ts';
import { createRepeats } from './repeats.ts';
import { createRotation } from './rotate-key.ts';
import { createTenants } from './tenants.ts';
import { createKeyUpdates } from './update-key.ts';

/** What accounts work with. */
export interface AccountsOptions {
  readonly store: Pick<Store, 'persistent' | 'directory'>;
  readonly replica: KeyReplica;
  readonly snapshot: () => Snapshot;
  readonly standings: Standings;
  readonly clock: Clock;
}

/** Makes the accounts of one gateway. */
export function createAccounts({ store, replica, snapshot, standings, clock }: AccountsOptions): Accounts {
  const now = (): number => Math.floor(clock.now());
  const ledger = createLedger({ store, replica, now });
  const tenant = (name: string): Tenant | undefined => snapshot().tenants.get(name) ?? replica.table.tenant(name);
  const tools: AccountTools = { replica, snapshot, standings, clock, now, ledger, tenant };
  const repeats = createRepeats<KeyWithSecret>(clock);
  return {
    ...createKeyReadings(tools),
    ...createKeyUpdates(tools),
    ...createTenants(tools),
    createKey: createKeyMaker(tools, repeats),
    rotateKey: createRotation(tools, repeats),
    tenant,
  };
}
