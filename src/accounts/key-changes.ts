import { MAX_KEYS } from '../auth/key-table.ts';
import { newSecret, storedSecret } from '../auth/secret.ts';
import type { CheckedScope, Key, KeyUpdate, KeyWithSecret, NewKey } from '../domain/account.ts';
import { GatewayError } from '../domain/errors.ts';
import type { KeyRecord, KeySecret } from '../domain/key-record.ts';
import { randomLetters } from '../lib/base62.ts';
import type { AccountTools } from './account-tools.ts';
import type { Accounts } from './accounts.ts';
import type { Actor } from './actor.ts';
import { checkScope } from './check-scope.ts';
import { createRepeats, digestOf } from './repeats.ts';
import { isVisible, recordOf } from './key-readings.ts';
import { showKey } from './show.ts';
import { secretsAt } from './state-of.ts';
import { requireWithin } from './within.ts';

/** Letters of a key's id: 113 bits. */
const ID_LETTERS = 24;
/** Most secrets of one key that are accepted at the same time. */
const MAX_SECRETS = 5;

/** Makes what changes keys. */
export function createKeyChanges(
  tools: AccountTools,
): Pick<Accounts, 'createKey' | 'updateKey' | 'rotateKey' | 'revokeKey'> {
  const { replica, standings, clock, now, ledger } = tools;
  const repeats = createRepeats<KeyWithSecret>(clock);
  const show = (record: KeyRecord): Key => showKey(record, { standings, now: now() });
  const current = (id: string): Key => {
    const record = replica.table.key(id);
    if (record === undefined) throw new GatewayError('not_found', { message: 'The key is gone.' });
    return show(record);
  };

  async function createKey(actor: Actor, input: NewKey): Promise<KeyWithSecret> {
    return repeats.once(actor, { action: 'keys.create', input, key: input.idempotency_key }, async () => {
      const secret = newSecret();
      let record = newRecord(actor, input, secret);
      await ledger.write(actor, () => {
        record = newRecord(actor, input, secret, record.id);
        refuseTaken(tools, record, input.idempotency_key);
        if (replica.table.size >= MAX_KEYS)
          throw new GatewayError('conflict', { message: `There are ${MAX_KEYS} keys; revoke one first.` });
        const { id: target, tenant } = record;
        return {
          keys: [record],
          deed: { action: 'keys.create', target, tenant, before: undefined, after: show(record) },
        };
      });
      return { ...current(record.id), secret };
    });
  }

  function newRecord(actor: Actor, input: NewKey, secret: string, id = `key_${randomLetters(ID_LETTERS)}`): KeyRecord {
    const { principal } = actor;
    const at = now();
    const tenant = input.tenant ?? principal.tenant;
    const keyBudget = tools.tenant(tenant)?.defaults?.keyBudget;
    const stored = storedSecret(secret, at);
    const record: KeyRecord = {
      id,
      name: input.name,
      role: input.role ?? 'caller',
      tenant,
      chains: input.chains ?? principal.chains,
      models: input.models ?? principal.models,
      operations: input.operations ?? principal.operations,
      expiresAt: expiryOf(input, at) ?? principal.expiresAt,
      limits: input.limits ?? principal.limits,
      budgets: input.budgets ?? principal.budgets ?? (keyBudget === undefined ? undefined : [keyBudget]),
      note: input.note ?? undefined,
      metadata: input.metadata ?? undefined,
      createdAt: at,
      createdBy: principal.id,
      revokedAt: undefined,
      version: 1,
      secrets: [input.idempotency_key === undefined ? stored : { ...stored, madeFor: digestOf(input.idempotency_key) }],
    };
    checkScope(tools, record, input, actor);
    requireWithin(record, principal);
    return record;
  }

  async function updateKey(actor: Actor, input: KeyUpdate): Promise<Key> {
    await recordOf(tools, actor, input.id);
    if (input.if_version !== undefined) await requireVersion(input.id, input.if_version);
    await ledger.write(actor, () => {
      const before = valid(actor, input.id, input.if_version);
      const after = merged(before, input, now());
      checkScope(tools, after, input, actor);
      requireWithin(after, actor.principal);
      const { id: target, tenant } = after;
      if (after.name !== before.name) refuseTaken(tools, after, undefined);
      return {
        keys: [after],
        deed: { action: 'keys.update', target, tenant, before: show(before), after: show(after) },
      };
    });
    return current(input.id);
  }

  /** Reads the key again before its version is refused: another process may have changed it. */
  async function requireVersion(id: string, version: number): Promise<void> {
    if (replica.table.key(id)?.version !== version) await ledger.refresh();
  }

  /** The record of a key that may be changed. Throws `not_found`, or `conflict` for a revoked key or another version. */
  function valid(actor: Actor, id: string, version: number | undefined): KeyRecord {
    const record = replica.table.key(id);
    if (record === undefined || !isVisible(actor, record.tenant))
      throw new GatewayError('not_found', { message: 'The key is gone.' });
    if (version !== undefined && record.version !== version)
      throw new GatewayError('conflict', {
        message: `if_version: the key has version ${record.version}.`,
        param: 'if_version',
      });
    if (record.revokedAt !== undefined)
      throw new GatewayError('conflict', { message: 'The key is revoked; make another one.' });
    return record;
  }

  return {
    createKey,
    updateKey,
    async rotateKey(actor, input) {
      await recordOf(tools, actor, input.id);
      if (input.if_version !== undefined) await requireVersion(input.id, input.if_version);
      return repeats.once(actor, { action: 'keys.rotate', input, key: input.idempotency_key }, async () => {
        const secret = newSecret();
        const madeFor = input.idempotency_key === undefined ? undefined : digestOf(input.idempotency_key);
        // It may have been done by another process.
        if (madeFor !== undefined) await ledger.refresh();
        await ledger.write(actor, () => {
          const before = valid(actor, input.id, input.if_version);
          requireWithin(before, actor.principal);
          const at = now();
          if (madeFor !== undefined) refuseRotated(before, madeFor);
          const secrets = [...endedAt(before, at, at + (input.overlap ?? 0)), { ...storedSecret(secret, at), madeFor }];
          const after = { ...before, version: before.version + 1, secrets };
          const { id: target, tenant } = after;
          return {
            keys: [after],
            deed: { action: 'keys.rotate', target, tenant, before: show(before), after: show(after) },
          };
        });
        return { ...current(input.id), secret };
      });
    },
    async revokeKey(actor, { id, streams }) {
      const known = await recordOf(tools, actor, id);
      if (known.revokedAt !== undefined) return show(known);
      await ledger.write(actor, () => {
        const before = replica.table.key(id) ?? known;
        const after = {
          ...before,
          version: before.version + 1,
          revokedAt: before.revokedAt ?? now(),
          revokedStreams: before.revokedStreams ?? streams,
        };
        const { tenant } = after;
        return {
          keys: [after],
          deed: { action: 'keys.revoke', target: id, tenant, before: show(before), after: show(after) },
        };
      });
      return current(id);
    },
  };
}

/** When a key expires that an input describes, in milliseconds since the epoch; null where it says never, undefined where it says nothing. */
function expiryOf({ expires_at: at, expires_in: after }: CheckedScope, now: number): number | null | undefined {
  return after === undefined ? at : now + after;
}

function merged(before: KeyRecord, input: KeyUpdate, now: number): KeyRecord {
  const expiresAt = expiryOf(input, now);
  return {
    ...before,
    name: input.name ?? before.name,
    role: input.role ?? before.role,
    chains: taken(input.chains, before.chains),
    models: taken(input.models, before.models),
    operations: taken(input.operations, before.operations),
    expiresAt: taken(expiresAt, before.expiresAt),
    limits: taken(input.limits, before.limits),
    budgets: taken(input.budgets, before.budgets),
    note: taken(input.note, before.note),
    metadata: taken(input.metadata, before.metadata),
    version: before.version + 1,
  };
}

/** A member as an update leaves it. */
function taken<Value>(updated: Value | null | undefined, before: Value | undefined): Value | undefined {
  return updated === undefined ? before : (updated ?? undefined);
}

/** The secrets of a key that are still accepted, all of which end at `end` at the latest. */
function endedAt(record: KeyRecord, now: number, end: number): KeySecret[] {
  const accepted = record.secrets.filter(({ endsAt }) => endsAt === undefined || endsAt > now);
  if (end > now && accepted.length >= MAX_SECRETS)
    throw new GatewayError('conflict', {
      message: `The key has ${MAX_SECRETS} secrets that are accepted; rotate it without overlap.`,
    });
  // The one before stays known, so that what runs under it is not cut.
  return accepted.map((secret) => ({ ...secret, endsAt: Math.min(secret.endsAt ?? end, end) }));
}

function refuseRotated(record: KeyRecord, madeFor: string): void {
  const made = record.secrets.find((secret) => secret.madeFor === madeFor);
  if (made === undefined) return;
  const message = `The key was rotated by this request before, to the secret ${made.prefix}...${made.suffix}, which is no longer in memory.`;
  throw new GatewayError('already_rotated', { message, param: 'idempotency_key', shouldRetry: false });
}

/** Throws `conflict` where another key has the name, or `already_rotated` where this request has made it before. */
function refuseTaken({ snapshot, replica }: AccountTools, record: KeyRecord, idempotencyKey: string | undefined): void {
  const { name, tenant, id } = record;
  const message = `name: there is a key ${JSON.stringify(name)} of this tenant already.`;
  if (snapshot().keys.some((key) => key.name === name && key.tenant === tenant))
    throw new GatewayError('conflict', { message, param: 'name' });
  if (idempotencyKey === undefined) return;
  const madeFor = digestOf(idempotencyKey);
  for (const other of replica.table.keysAfter(undefined)) {
    if (other.name !== name || other.tenant !== tenant || other.id === id || other.revokedAt !== undefined) continue;
    const { newest } = secretsAt(other, 0);
    if (newest?.madeFor === madeFor) refuseRotated(other, madeFor);
  }
}
