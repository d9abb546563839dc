import { fromStore } from '../store/from-store.ts';
import type { ReadBetween } from '../store/write-batches.ts';
import type { UsageStores } from './usage-stores.ts';

/** Groups of sums as they are stored. */
export interface StoredSums<Row> {
  readonly rows: readonly Row[];
  /** The sum of all groups, where there are more of them than rows; undefined where the rows are all. */
  readonly total: Row | undefined;
}

/** Reads the groups of a query, whose limit is one more than what is shown, and with them what is not written yet. Rejects with `store_unavailable`. */
export function readSums<Query extends { readonly by: readonly string[]; readonly limit: number }, Row>(
  { batches }: Pick<UsageStores, 'batches'>,
  read: (query: Query) => Promise<readonly Row[]>,
  query: Query,
): Promise<ReadBetween<StoredSums<Row>>> {
  return fromStore(
    batches.readBetween(async () => {
      const rows = await read(query);
      if (rows.length < query.limit) return { rows, total: undefined };
      return { rows, total: (await read({ ...query, by: [], limit: 1 }))[0] };
    }),
  );
}
