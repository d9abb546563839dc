import type { Key, KeyList, KeyWithSecret, TenantList, TenantRemoved, TenantShown } from '../domain/account.ts';
import { gatewayClient } from './gateway-client.ts';

/** The keys and tenants of a gateway, for the command line: over its API, or on its store. Everything rejects with a UsageError. */
export interface AccountApi {
  createKey(input: Readonly<Record<string, unknown>>): Promise<KeyWithSecret>;
  listKeys(filter: Readonly<Record<string, unknown>>): Promise<KeyList>;
  retrieveKey(id: string): Promise<Key>;
  rotateKey(id: string, input: Readonly<Record<string, unknown>>): Promise<KeyWithSecret>;
  revokeKey(id: string, input: Readonly<Record<string, unknown>>): Promise<Key>;
  createTenant(input: Readonly<Record<string, unknown>>): Promise<TenantShown>;
  listTenants(): Promise<TenantList>;
  retrieveTenant(name: string): Promise<TenantShown>;
  removeTenant(name: string): Promise<TenantRemoved>;
}

/** Reaches a running gateway at a URL, under the key in `SPILLWAY_KEY`. */
export function remoteAccounts(url: string): AccountApi {
  const send = gatewayClient(url);
  return {
    createKey: (body) => send({ method: 'POST', path: '/keys', body }),
    listKeys: (query) => send({ path: '/keys', query }),
    retrieveKey: (id) => send({ path: keyPath(id) }),
    rotateKey: (id, body) => send({ method: 'POST', path: `${keyPath(id)}/rotate`, body }),
    revokeKey: (id, body) => send({ method: 'POST', path: `${keyPath(id)}/revoke`, body }),
    createTenant: (body) => send({ method: 'POST', path: '/tenants', body }),
    listTenants: () => send({ path: '/tenants' }),
    retrieveTenant: (name) => send({ path: tenantPath(name) }),
    removeTenant: (name) => send({ method: 'DELETE', path: tenantPath(name) }),
  };
}

function keyPath(id: string): string {
  return `/keys/${encodeURIComponent(id)}`;
}

function tenantPath(name: string): string {
  return `/tenants/${encodeURIComponent(name)}`;
}
