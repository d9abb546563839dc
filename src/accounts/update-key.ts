import type { KeyUpdate } from '../domain/account.ts';
import type { KeyRecord } from '../domain/key-record.ts';
import type { AccountTools } from './account-tools.ts';
import type { Accounts } from './accounts.ts';
import { changeableKey, currentKey, expiryOf, readAgain, refuseTaken } from './changed-key.ts';
import { checkBodies, checkScope } from './check-scope.ts';
import { recordOf } from './key-readings.ts';
import { showKey } from './show.ts';
import { requireWithin } from './within.ts';

/** Makes what changes and what revokes keys. */
export function createKeyUpdates(tools: AccountTools): Pick<Accounts, 'updateKey' | 'revokeKey'> {
  const { replica, ledger, standings, now } = tools;
  return {
    async updateKey(actor, input) {
      await readAgain(tools, actor, input);
      await ledger.write(actor, () => {
        const before = changeableKey(tools, actor, input);
        const after = merged(before, input, now());
        requireWithin(after, actor.principal);
        checkScope(tools, input, { tenant: after.tenant, own: after.tenant });
        checkBodies(after);
        if (after.name !== before.name) refuseTaken(tools, after, undefined);
        return { keys: [after], deed: { action: 'keys.update', ...shown(before, after) } };
      });
      return currentKey(tools, input.id);
    },
    async revokeKey(actor, { id, streams }) {
      const known = await recordOf(tools, actor, id);
      await ledger.write(actor, () => {
        const before = replica.table.key(id) ?? known;
        if (before.revokedAt !== undefined) return undefined;
        const after = { ...before, version: before.version + 1, revokedAt: now(), revokedStreams: streams };
        return { keys: [after], deed: { action: 'keys.revoke', ...shown(before, after) } };
      });
      return currentKey(tools, id);
    },
  };

  function shown(before: KeyRecord, after: KeyRecord) {
    const show = { standings, now: now() };
    return { target: after.id, tenant: after.tenant, before: showKey(before, show), after: showKey(after, show) };
  }
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
    bodies: taken(input.bodies, before.bodies),
    priority: taken(input.priority, before.priority),
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
