import type { StoreUrl } from '../config/store-url.ts';
import { systemClock } from '../lib/clock.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { findConfiguration } from './configuration.ts';
import type { Flags } from './flags.ts';
import { inUserTerms } from './in-user-terms.ts';
import { UsageError } from './usage-error.ts';

/** Longest wait for a store that another process holds or a server that does not answer, in milliseconds. */
const LONGEST_WAIT_MS = 30_000;

/** A store that a command opens. */
export interface CommandStore {
  readonly url: StoreUrl;
  /** Whether missing migrations are applied, unless false: then a store that lacks any is refused. */
  readonly migrate: boolean | undefined;
  /** Where the URL is configured, for people. */
  readonly source: string;
}

/** Opens a store for a command, within 30 seconds unless `signal` says otherwise. It is closed with `stack`. Rejects with a UsageError. */
export function openForCommand(
  { url, migrate, source }: CommandStore,
  stack: AsyncDisposableStack,
  signal: AbortSignal = AbortSignal.timeout(LONGEST_WAIT_MS),
): Promise<Store> {
  return inUserTerms(async () => {
    try {
      return stack.use(await openStore(url, { clock: systemClock, signal, migrate }));
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new UsageError(`${source}: the store of store.url did not open in time; try again`, { cause: error });
    }
  });
}

/** Opens the store of the configuration to read it as it is, without a migration. It is closed with `stack`. Rejects with a UsageError. */
export async function configuredStore(config: Flags['config'], stack: AsyncDisposableStack): Promise<Store> {
  const { config: found, source } = await findConfiguration({ config, demo: false }, stack);
  const url = found.store?.url;
  if (url === undefined || url === 'memory:')
    throw new UsageError(`${source}: has no store to read; set store.url, or ask a running gateway with --url`);
  return openForCommand({ url, migrate: false, source }, stack);
}
