import type { ActiveConfig } from '../config/active-config.ts';
import type { Emit } from '../domain/events.ts';
import type { Clock } from '../lib/clock.ts';
import { type AttemptStats, createAttemptStats } from '../observe/attempt-stats.ts';
import { createUsageSums } from '../observe/usage-sums.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { type Batches, createBatches } from '../store/write-batches.ts';

/** What a gateway records of its requests, and where. */
export interface Records {
  readonly store: Store;
  /** Dispose it before the store. */
  readonly batches: Batches;
  readonly stats: AttemptStats;
  /** The listeners that record. */
  readonly listeners: readonly Emit[];
}

/** Options of `openRecords`. */
export interface OpenRecordsOptions {
  readonly active: ActiveConfig;
  readonly clock: Clock;
  /** Name of the gateway in the store: another one after each start. */
  readonly name: string;
  readonly onProblem: (message: string) => void;
  /** Ends the wait for a locked store. */
  readonly signal: AbortSignal;
}

/** Opens the configured store, and what writes to it. Rejects with a StoreError. */
export async function openRecords({ active, clock, name, onProblem, signal }: OpenRecordsOptions): Promise<Records> {
  const { url = 'memory:', migrate } = active.config.store ?? {};
  const store = await openStore(url, { clock, signal, migrate });
  const batches = createBatches({ store, clock, writer: name, onProblem });
  const isConfigured = (provider: string, model: string): boolean => active.snapshot.pairs.has(`${provider}/${model}`);
  const stats = createAttemptStats({ clock, isConfigured });
  return { store, batches, stats, listeners: [createUsageSums(batches), stats.listen] };
}
