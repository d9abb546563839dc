import type { Key, KeyList, KeyWithSecret, TenantList, TenantRemoved, TenantShown } from '../domain/account.ts';
import { memberOf } from '../lib/record.ts';
import { UsageError } from './usage-error.ts';

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
export function remoteAccounts(url: string, key: string | undefined): AccountApi {
  const base = url.replace(/\/+$/, '').replace(/\/v1$/, '');
  if (!URL.canParse(base)) throw new UsageError(`--url: '${url}' is not a URL; write http://HOST:PORT`);

  async function send<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    let response: Response;
    try {
      response = await fetch(`${base}/v1${path}`, {
        method,
        headers: {
          ...(key === undefined || key === '' ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      const cause = error instanceof Error ? memberOf(Object(error.cause), 'code') : undefined;
      throw new UsageError(`${base} cannot be reached${typeof cause === 'string' ? ` (${cause})` : ''}`);
    }
    const answer: unknown = await response.json().catch(() => undefined);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the gateway documents it
    if (response.ok) return answer as Answer;
    const message = memberOf(memberOf(answer, 'error'), 'message');
    throw new UsageError(typeof message === 'string' ? message : `${base} answered with status ${response.status}`);
  }

  return {
    createKey: (input) => send('POST', '/keys', input),
    listKeys: (filter) => send('GET', `/keys?${queryOf(filter)}`),
    retrieveKey: (id) => send('GET', keyPath(id)),
    rotateKey: (id, input) => send('POST', `${keyPath(id)}/rotate`, input),
    revokeKey: (id, input) => send('POST', `${keyPath(id)}/revoke`, input),
    createTenant: (input) => send('POST', '/tenants', input),
    listTenants: () => send('GET', '/tenants'),
    retrieveTenant: (name) => send('GET', tenantPath(name)),
    removeTenant: (name) => send('DELETE', tenantPath(name)),
  };
}

function keyPath(id: string): string {
  return `/keys/${encodeURIComponent(id)}`;
}

function tenantPath(name: string): string {
  return `/tenants/${encodeURIComponent(name)}`;
}

function queryOf(filter: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) query.set(name, String(value));
  return query.toString();
}
