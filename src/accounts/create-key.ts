import { MAX_KEYS } from '../auth/key-table.ts';
import { newSecret, storedSecret } from '../auth/secret.ts';
import type { KeyWithSecret, NewKey } from '../domain/account.ts';
import { GatewayError } from '../domain/errors.ts';
import type { KeyRecord, KeySecret } from '../domain/key-record.ts';
import { randomLetters } from '../lib/base62.ts';
import type { AccountTools } from './account-tools.ts';
import type { Accounts } from './accounts.ts';
import type { Actor } from './actor.ts';
import { currentKey, expiryOf, refuseTaken } from './changed-key.ts';
import { checkBodies, checkScope } from './check-scope.ts';
import { digestOf, type Repeats } from './repeats.ts';
import { showKey } from './show.ts';
import { requireWithin } from './within.ts';

/** Letters of a key's id: 113 bits. */
const ID_LETTERS = 24;

/** Makes what makes keys. */
export function createKeyMaker(tools: AccountTools, repeats: Repeats<KeyWithSecret>): Accounts['createKey'] {
  const { replica, ledger, standings, now } = tools;
  return (actor, input) =>
    repeats.once(actor, { action: 'keys.create', input, key: input.idempotency_key }, async () => {
      const secret = newSecret();
      const id = `key_${randomLetters(ID_LETTERS)}`;
      // It may have been made by another process.
      if (input.idempotency_key !== undefined) await ledger.refresh();
      await ledger.write(actor, () => {
        const record = newRecord(tools, actor, { input, id, secret: storedFor(input, secret, now()) });
        refuseTaken(tools, record, input.idempotency_key);
        if (replica.table.size >= MAX_KEYS)
          throw new GatewayError('conflict', { message: `There are ${MAX_KEYS} keys; revoke one first.` });
        const after = showKey(record, { standings, now: now() });
        const { tenant } = record;
        const requiredTenants = isOfStore(tools, actor, tenant) ? [tenant] : [];
        return {
          keys: [record],
          requiredTenants,
          deed: { action: 'keys.create', target: id, tenant, before: undefined, after },
        };
      });
      return { ...currentKey(tools, id), secret };
    });
}

/** Whether only the store can have a key's tenant: one of its own, or that of an actor whose key it has. */
function isOfStore({ snapshot, replica: { table } }: AccountTools, { principal }: Actor, tenant: string): boolean {
  const { tenants, keys } = snapshot();
  if (tenant === '' || tenants.has(tenant) || keys.some((key) => key.tenant === tenant)) return false;
  return table.tenant(tenant) !== undefined || table.key(principal.id) !== undefined;
}

/** What of a new key is decided before it is written. */
interface Making {
  readonly input: NewKey;
  readonly id: string;
  readonly secret: KeySecret;
}

function storedFor({ idempotency_key: key }: NewKey, secret: string, at: number): KeySecret {
  const stored = storedSecret(secret, at);
  return key === undefined ? stored : { ...stored, madeFor: digestOf(key) };
}

/** The record of a new key: what its input does not say is its creator's, or its tenant's. Throws a GatewayError. */
function newRecord(tools: AccountTools, actor: Actor, { input, id, secret }: Making): KeyRecord {
  const { principal } = actor;
  const tenant = input.tenant ?? principal.tenant;
  const keyBudget = tools.tenant(tenant)?.defaults?.keyBudget;
  const { createdAt } = secret;
  const record: KeyRecord = {
    id,
    name: input.name,
    role: input.role ?? 'caller',
    tenant,
    chains: input.chains ?? principal.chains,
    models: input.models ?? principal.models,
    operations: input.operations ?? principal.operations,
    bodies: input.bodies ?? undefined,
    priority: input.priority ?? principal.priority,
    expiresAt: expiryOf(input, createdAt) ?? principal.expiresAt,
    limits: input.limits ?? principal.limits,
    budgets: input.budgets ?? principal.budgets ?? (keyBudget === undefined ? undefined : [keyBudget]),
    note: input.note ?? undefined,
    metadata: input.metadata ?? undefined,
    createdAt,
    createdBy: principal.id,
    revokedAt: undefined,
    version: 1,
    secrets: [secret],
  };
  // First: what a principal may not use, it may not learn of either.
  requireWithin(record, principal);
  checkScope(tools, input, { tenant, own: principal.tenant });
  checkBodies(record);
  return record;
}
