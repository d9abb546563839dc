import type { KeyReplica } from '../auth/key-replica.ts';
import { GatewayError } from '../domain/errors.ts';
import { fromStore } from '../store/from-store.ts';
import { ConflictError, type DirectoryChange, type Store } from '../store/store.ts';
import { type Actor, auditOf, type Deed } from './actor.ts';

/** What a change writes, beside its audit entry. */
export interface Change extends Omit<DirectoryChange, 'audit'> {
  readonly deed: Deed;
}

/** Writes changes of keys and tenants, each with its audit entry. */
export interface Ledger {
  /**
   * Writes the change that `make` makes of what is known; undefined for none. Where another process was faster, that is read, and `make` is called
   * again. Rejects with what `make` throws, with `conflict`, `store_required` or `store_unavailable`, or with `invalid_request` for a tenant that is
   * no longer stored.
   */
  write(actor: Actor, make: () => Change | undefined): Promise<void>;
  /** Reads what other processes have written. Rejects with `store_unavailable`. */
  refresh(): Promise<void>;
}

/** What a ledger works with. */
export interface LedgerOptions {
  readonly store: Pick<Store, 'persistent' | 'directory'>;
  readonly replica: Pick<KeyReplica, 'sync' | 'applied' | 'isLoaded'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Most tries of one change, while others change the same. */
const MAX_TRIES = 10;

/** Makes the ledger of one gateway. */
export function createLedger({ store, replica, now }: LedgerOptions): Ledger {
  async function write(actor: Actor, make: () => Change | undefined): Promise<void> {
    if (!store.persistent) throw new GatewayError('store_required', { message: NO_STORE });
    if (!replica.isLoaded) await refresh();
    for (let tries = 1; ; tries++) {
      const made = make();
      if (made === undefined) return;
      const { deed, ...change } = made;
      try {
        await fromStore(store.directory.apply({ ...change, audit: auditOf(actor, deed, now()) }));
        replica.applied(change);
        return;
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        if (error.conflict !== 'version' || tries === MAX_TRIES) throw refusalOf(error);
        await refresh();
      }
    }
  }

  const refresh = (): Promise<void> => fromStore(replica.sync());

  return { write, refresh };
}

const NO_STORE = 'Keys and tenants need a store that outlives the gateway; set `store: { url: sqlite:./spillway.db }`.';

function refusalOf({ conflict, message }: ConflictError): GatewayError {
  // As where this process knows itself that there is no such tenant.
  if (conflict === 'tenant')
    return new GatewayError('invalid_request', { message: `tenant: ${message}.`, param: 'tenant' });
  const param = conflict === 'name' ? 'name' : undefined;
  return new GatewayError('conflict', {
    message: `${param === undefined ? '' : 'name: '}${message}.`,
    param,
    shouldRetry: false,
  });
}
