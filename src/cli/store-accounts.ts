import { userInfo } from 'node:os';
import { createAccounts } from '../accounts/create-accounts.ts';
import type { Actor } from '../accounts/actor.ts';
import { storedStandings } from '../budgets/standings.ts';
import { openKeyReplica } from '../auth/key-replica.ts';
import { authSettings } from '../config/auth-settings.ts';
import { findConfigFile, loadConfigFile } from '../config/load.ts';
import { formatProblems } from '../config/problems.ts';
import { toSnapshot } from '../config/snapshot.ts';
import { INTERNAL } from '../domain/principal.ts';
import { systemClock } from '../lib/clock.ts';
import { keyInput, keyListInput, keyRevokeInput, keyRotateInput, tenantInput } from '../router/inputs/account-input.ts';
import type { AccountApi } from './account-api.ts';
import { checked } from './account-flags.ts';
import { openForCommand } from './configured-store.ts';
import { inUserTerms } from './in-user-terms.ts';
import { UsageError } from './usage-error.ts';

/**
 * Opens the keys and tenants in the store of a configuration file, whether a gateway runs on it or not. The store is closed with `stack`.
 * Rejects with a UsageError.
 */
export async function storeAccounts(config: string | undefined, stack: AsyncDisposableStack): Promise<AccountApi> {
  const file = findConfigFile(config, process.env, process.cwd());
  if (file === undefined)
    throw new UsageError(
      'no configuration file, whose store holds the keys; name one with --config, or a gateway with --url',
    );
  const result = await loadConfigFile(file, process.env);
  if (!result.ok) throw new UsageError(formatProblems(file, result.problems));
  const { url = 'memory:', migrate } = result.config.store ?? {};
  const store = await openForCommand({ url, migrate, source: file }, stack);
  return inUserTerms(async () => {
    const replica = await openKeyReplica({
      directory: store.directory,
      clock: systemClock,
      settings: () => authSettings(result.config),
      onChange: () => undefined,
      onProblem: () => undefined,
    });
    stack.use(replica);
    // A store that does not answer is an error here, and nothing to wait for.
    if (!replica.isLoaded) await replica.sync();
    const snapshot = toSnapshot(result.config);
    const accounts = createAccounts({
      store,
      replica,
      snapshot: () => snapshot,
      standings: await storedStandings(store.records, systemClock),
      clock: systemClock,
    });
    const id = `cli:${userInfo().username}`;
    const actor: Actor = { principal: { ...INTERNAL, id, name: id }, via: 'cli' };
    return {
      createKey: (input) => inUserTerms(() => accounts.createKey(actor, checked(keyInput, input))),
      listKeys: (filter) => inUserTerms(() => accounts.listKeys(actor, checked(keyListInput, filter) ?? {})),
      retrieveKey: (key) => inUserTerms(() => accounts.retrieveKey(actor, key)),
      rotateKey: (key, input) =>
        inUserTerms(() => accounts.rotateKey(actor, checked(keyRotateInput, { ...input, id: key }))),
      revokeKey: (key, input) =>
        inUserTerms(() => accounts.revokeKey(actor, checked(keyRevokeInput, { ...input, id: key }))),
      createTenant: (input) => inUserTerms(() => accounts.createTenant(actor, checked(tenantInput, input))),
      listTenants: () => inUserTerms(() => accounts.listTenants(actor)),
      retrieveTenant: (name) => inUserTerms(() => accounts.retrieveTenant(actor, name)),
      removeTenant: (name) => inUserTerms(() => accounts.removeTenant(actor, name)),
    };
  });
}
