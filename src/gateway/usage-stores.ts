import type { Clock } from '../lib/clock.ts';
import type { Store } from '../store/store.ts';
import type { Batches } from '../store/write-batches.ts';

/** Where usage is kept. */
export interface UsageStores {
  readonly store: Pick<Store, 'records'>;
  readonly batches: Pick<Batches, 'readBetween'>;
  readonly clock: Clock;
}
