import type {
  Key,
  KeyList,
  KeyListInput,
  KeyRevokeInput,
  KeyRotation,
  KeyUpdate,
  KeyWithSecret,
  NewKey,
  NewTenant,
  OwnKey,
  TenantList,
  TenantRemoved,
  TenantShown,
} from '../domain/account.ts';
import type { Tenant } from '../domain/key-record.ts';
import type { Actor } from './actor.ts';

/**
 * Keys and tenants, as one principal may see and change them. What changes something rejects with `forbidden`, `invalid_request`, `not_found`,
 * `conflict`, `store_required` or `store_unavailable`.
 */
export interface Accounts {
  createKey(actor: Actor, input: NewKey): Promise<KeyWithSecret>;
  updateKey(actor: Actor, input: KeyUpdate): Promise<Key>;
  /** Adds a secret to a key; the former one ends after the overlap. Rejects with `already_rotated` too. */
  rotateKey(actor: Actor, input: KeyRotation): Promise<KeyWithSecret>;
  /** Refuses a key from now on. Idempotent. */
  revokeKey(actor: Actor, input: KeyRevokeInput): Promise<Key>;
  listKeys(actor: Actor, input: KeyListInput): Promise<KeyList>;
  retrieveKey(actor: Actor, id: string): Promise<Key>;
  /** The actor's own key. */
  ownKey(actor: Actor): Promise<OwnKey>;
  createTenant(actor: Actor, input: NewTenant): Promise<TenantShown>;
  updateTenant(actor: Actor, input: NewTenant): Promise<TenantShown>;
  /** Removes a tenant that has no keys but revoked ones. */
  removeTenant(actor: Actor, name: string): Promise<TenantRemoved>;
  listTenants(actor: Actor): Promise<TenantList>;
  retrieveTenant(actor: Actor, name: string): Promise<TenantShown>;
  /** The tenant of a name: the file's, else the store's; undefined for none. */
  tenant(name: string): Tenant | undefined;
}
