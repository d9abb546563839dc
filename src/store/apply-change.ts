import type { Kysely } from 'kysely';
import type { KeyRecord, TenantRecord } from '../domain/key-record.ts';
import { insertAudit } from './audit-rows.ts';
import { batches, type Database } from './database.ts';
import { newestChange, noteChanges } from './change-rows.ts';
import { replaceSessions } from './session-rows.ts';
import { ConflictError, type DirectoryChange } from './store.ts';
import type { ChangeRow, Tables } from './tables.ts';

type Transaction = Kysely<Tables>;

/**
 * Writes a change and its audit row in one transaction; resolves to the number of the change. Changes run one after the other, so a change with
 * a lower number is never committed after one with a higher number. Rejects with a ConflictError as `StoredDirectory.apply` says.
 */
export async function applyChange(database: Database, change: DirectoryChange): Promise<number> {
  const { keys = [], tenants = [], removedTenants = [], requiredTenants = [], sessions = [], audit } = change;
  return database.write('directory', async (transaction) => {
    const seq = (await newestChange({ queries: transaction })) + 1;
    for (const part of batches(keys)) await replaceKeys(transaction, part);
    for (const tenant of tenants) await replaceTenant(transaction, tenant);
    for (const name of requiredTenants) await requireTenant(transaction, name);
    for (const name of removedTenants) await removeTenant(transaction, name);
    const changedSessions = await replaceSessions(transaction, sessions);
    const changed: ChangeRow[] = [
      ...keys.map(({ id }) => ({ kind: 'key' as const, id, seq })),
      ...[...tenants.map(({ name }) => name), ...removedTenants].map((id) => ({ kind: 'tenant' as const, id, seq })),
      ...changedSessions.map((id) => ({ kind: 'session' as const, id, seq })),
    ];
    await noteChanges(transaction, changed);
    await insertAudit(transaction, [audit]);
    return changed.length === 0 ? seq - 1 : seq;
  });
}

/** Deletes and inserts rather than updates, so that two keys can swap their names. */
async function replaceKeys(transaction: Transaction, keys: readonly KeyRecord[]): Promise<void> {
  const ids = keys.map(({ id }) => id);
  const stored = await transaction.selectFrom('api_key').select(['id', 'version']).where('id', 'in', ids).execute();
  const versions = new Map(stored.map(({ id, version }) => [id, version]));
  for (const { id, version } of keys) requireNext(`key ${id}`, version, versions.get(id) ?? 0);
  await transaction.deleteFrom('api_key').where('id', 'in', ids).execute();
  await transaction.deleteFrom('api_key_secret').where('key_id', 'in', ids).execute();
  await refuseTakenNames(transaction, keys);
  await insertSecrets(transaction, keys);
  const rows = keys.map((key) => ({
    id: key.id,
    tenant: key.tenant,
    name: key.name,
    revoked_at: key.revokedAt ?? null,
    version: key.version,
    record: JSON.stringify(key),
  }));
  await transaction.insertInto('api_key').values(rows).execute();
}

function requireNext(what: string, version: number, stored: number): void {
  if (version === stored + 1) return;
  const found = stored === 0 ? 'is not stored' : `has version ${stored}`;
  throw new ConflictError('version', `${what} ${found}, so version ${version} cannot be written`);
}

async function refuseTakenNames(transaction: Transaction, keys: readonly KeyRecord[]): Promise<void> {
  const valid = keys.filter(({ revokedAt }) => revokedAt === undefined);
  if (valid.length === 0) return;
  const rows = await transaction
    .selectFrom('api_key')
    .select(['tenant', 'name'])
    .where('revoked_at', 'is', null)
    .where('tenant', 'in', [...new Set(valid.map(({ tenant }) => tenant))])
    .where('name', 'in', [...new Set(valid.map(({ name }) => name))])
    .execute();
  const taken = new Set(rows.map(nameOf));
  for (const key of valid) {
    if (taken.has(nameOf(key))) throw new ConflictError('name', `another key of the tenant has the name ${key.name}`);
    taken.add(nameOf(key));
  }
}

function nameOf({ tenant, name }: Pick<KeyRecord, 'tenant' | 'name'>): string {
  return JSON.stringify([tenant, name]);
}

async function insertSecrets(transaction: Transaction, keys: readonly KeyRecord[]): Promise<void> {
  const secrets = keys.flatMap(({ id, secrets: own }) => own.map(({ digest }) => ({ digest, key_id: id })));
  for (const rows of batches(secrets)) {
    const result = await transaction
      .insertInto('api_key_secret')
      .values(rows)
      .onConflict((conflict) => conflict.column('digest').doNothing())
      .executeTakeFirst();
    if (result.numInsertedOrUpdatedRows !== BigInt(rows.length))
      throw new ConflictError('name', 'another key has the same secret');
  }
}

async function replaceTenant(transaction: Transaction, tenant: TenantRecord): Promise<void> {
  const { name, version } = tenant;
  const stored = await transaction.selectFrom('tenant').select('version').where('name', '=', name).executeTakeFirst();
  if (stored !== undefined && version === 1) throw new ConflictError('name', `tenant ${name} exists`);
  requireNext(`tenant ${name}`, version, stored?.version ?? 0);
  await transaction.deleteFrom('tenant').where('name', '=', name).execute();
  await transaction
    .insertInto('tenant')
    .values({ name, version, record: JSON.stringify(tenant) })
    .execute();
}

/** Another process may have removed the tenant since this one has read it. Its keys would have no limits and no budgets of a tenant. */
async function requireTenant(transaction: Transaction, name: string): Promise<void> {
  const stored = await transaction.selectFrom('tenant').select('name').where('name', '=', name).executeTakeFirst();
  if (stored === undefined) throw new ConflictError('tenant', `there is no tenant ${JSON.stringify(name)}`);
}

async function removeTenant(transaction: Transaction, name: string): Promise<void> {
  const used = await transaction
    .selectFrom('api_key')
    .select('id')
    .where('tenant', '=', name)
    .where('revoked_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  if (used !== undefined) throw new ConflictError('in_use', `tenant ${name} has keys that are not revoked`);
  const { numDeletedRows } = await transaction.deleteFrom('tenant').where('name', '=', name).executeTakeFirst();
  if (numDeletedRows === 0n) throw new ConflictError('version', `tenant ${name} is not stored`);
}
