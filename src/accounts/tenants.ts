import type { NewTenant } from '../domain/account.ts';
import { GatewayError } from '../domain/errors.ts';
import type { TenantRecord } from '../domain/key-record.ts';
import type { AccountTools } from './account-tools.ts';
import type { Accounts } from './accounts.ts';
import type { Actor } from './actor.ts';
import { isVisible } from './key-readings.ts';
import { showTenant } from './show.ts';

/** Most tenants of a store. */
const MAX_TENANTS = 10_000;

/** Makes what reads and changes tenants. */
export function createTenants(
  tools: AccountTools,
): Pick<Accounts, 'createTenant' | 'updateTenant' | 'removeTenant' | 'listTenants' | 'retrieveTenant'> {
  const { replica, snapshot, now, ledger, tenant, standings } = tools;
  const { table } = replica;

  /** The record of a tenant of the store. Throws `not_found`, or `invalid_request` for one of the file. */
  function recordOf(name: string): TenantRecord {
    if (snapshot().tenants.has(name)) throw inFile(name);
    const record = table.tenant(name);
    if (record === undefined) throw noTenant(name);
    return record;
  }

  return {
    async createTenant(actor, input) {
      requireAll(actor);
      if (snapshot().tenants.has(input.name)) throw taken(input.name);
      await ledger.write(actor, () => {
        if (table.tenant(input.name) !== undefined) throw taken(input.name);
        if (table.tenants().length >= MAX_TENANTS)
          throw new GatewayError('conflict', { message: `There are ${MAX_TENANTS} tenants; remove one first.` });
        const { name } = input;
        const record = newRecord(input, now());
        const after = showTenant(record, tools);
        return {
          tenants: [record],
          deed: { action: 'tenants.create', target: name, tenant: name, before: undefined, after },
        };
      });
      return showTenant(recordOf(input.name), tools);
    },
    async updateTenant(actor, input) {
      requireAll(actor);
      const { name, if_version: version } = input;
      const known = snapshot().tenants.has(name) ? undefined : table.tenant(name);
      if (known === undefined || (version !== undefined && known.version !== version)) await ledger.refresh();
      await ledger.write(actor, () => {
        const before = recordOf(name);
        if (version !== undefined && before.version !== version)
          throw new GatewayError('conflict', {
            message: `if_version: the tenant has version ${before.version}.`,
            param: 'if_version',
          });
        const after = merged(before, input);
        const deed = { before: showTenant(before, tools), after: showTenant(after, tools) };
        return { tenants: [after], deed: { action: 'tenants.update', target: name, tenant: name, ...deed } };
      });
      return showTenant(recordOf(name), tools);
    },
    async removeTenant(actor, name) {
      requireAll(actor);
      if (table.tenant(name) === undefined) await ledger.refresh();
      await ledger.write(actor, () => {
        const before = showTenant(recordOf(name), tools);
        if (snapshot().keys.some((key) => key.tenant === name)) throw inUse(name);
        const deed = { action: 'tenants.remove', target: name, tenant: name, before, after: undefined };
        return { removedTenants: [name], deed };
      });
      return { id: name, object: 'tenant.removed', removed: true };
    },
    async listTenants(actor) {
      await standings.refresh();
      const inFiles = [...snapshot().tenants.values()];
      const stored = table.tenants().filter(({ name }) => !snapshot().tenants.has(name));
      const visible = [...inFiles, ...stored].filter(({ name }) => isVisible(actor, name));
      return { object: 'list', data: visible.map((each) => showTenant(each, tools)) };
    },
    async retrieveTenant(actor, name) {
      await standings.refresh();
      if (!isVisible(actor, name)) throw noTenant(name);
      if (tenant(name) === undefined) await ledger.refresh();
      const found = tenant(name);
      if (found === undefined) throw noTenant(name);
      return showTenant(found, tools);
    },
  };
}

function newRecord({ name, limits, budgets, defaults }: NewTenant, createdAt: number): TenantRecord {
  return {
    name,
    limits: limits ?? undefined,
    budgets: budgets ?? undefined,
    defaults: defaults ?? undefined,
    createdAt,
    version: 1,
  };
}

function merged(before: TenantRecord, { limits, budgets, defaults }: NewTenant): TenantRecord {
  return {
    ...before,
    limits: limits === undefined ? before.limits : (limits ?? undefined),
    budgets: budgets === undefined ? before.budgets : (budgets ?? undefined),
    defaults: defaults === undefined ? before.defaults : (defaults ?? undefined),
    version: before.version + 1,
  };
}

/** A tenant's own admin may not change what bounds it. */
function requireAll({ principal }: Actor): void {
  if (principal.tenant === '') return;
  throw new GatewayError('forbidden', {
    message: 'Your key belongs to a tenant; only an admin of all tenants changes tenants.',
  });
}

function taken(name: string): GatewayError {
  return new GatewayError('conflict', {
    message: `name: there is a tenant ${JSON.stringify(name)} already.`,
    param: 'name',
  });
}

/** The store knows of its own keys only. */
function inUse(name: string): GatewayError {
  const message = `The configuration has keys of the tenant ${JSON.stringify(name)}; remove them first.`;
  return new GatewayError('conflict', { message });
}

function inFile(name: string): GatewayError {
  const message = `name: ${JSON.stringify(name)} is a tenant of the configuration; change it there.`;
  return new GatewayError('invalid_request', { message, param: 'name' });
}

function noTenant(name: string): GatewayError {
  return new GatewayError('not_found', {
    message: `name: there is no tenant ${JSON.stringify(name.slice(0, 100))}.`,
    param: 'name',
  });
}
