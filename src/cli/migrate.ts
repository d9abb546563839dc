import { migrateStore } from '../store/open-store.ts';
import { findConfiguration } from './configuration.ts';
import type { Flags } from './flags.ts';
import { inUserTerms } from './in-user-terms.ts';
import { UsageError } from './usage-error.ts';

/**
 * Applies the missing migrations of the configured store and prints their names. With `--check` only reports them. Throws a UsageError for a
 * configuration without a store, for a store that cannot be used, and with `--check` for one that lacks migrations.
 */
export async function migrate(flags: Flags): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const { config, source } = await findConfiguration(flags, stack);
  const url = config.store?.url;
  if (url === undefined || url === 'memory:') throw new UsageError(`${source}: has no store to migrate; set store.url`);
  const pending = await inUserTerms(() => migrateStore(url, flags.check ? 'report' : 'apply'));
  const names = pending.join(', ');
  if (flags.check && pending.length > 0) throw new UsageError(`the store lacks ${names}; run spillway migrate`);
  process.stdout.write(pending.length === 0 ? 'the store is up to date\n' : `applied ${names}\n`);
}
