import type { Database } from '../database.ts';
import type { NameKind } from '../tables.ts';
import { type FilterNumbers, namesIn } from './row-filter.ts';
import type { RowFilter } from './stored-log.ts';

/** The numbers of a filter's names; undefined where one is not stored, so that there is no such row. */
export async function numbersOf({ queries }: Database, filter: RowFilter): Promise<FilterNumbers | undefined> {
  const names = namesIn(filter);
  if (names.length === 0) return {};
  const rows = await queries
    .selectFrom('name')
    .select(['no', 'kind'])
    .where((row) => row.or(names.map(({ kind, value }) => row.and([row('kind', '=', kind), row('value', '=', value)]))))
    .execute();
  if (rows.length < names.length) return undefined;
  const numbers: Partial<Record<NameKind, number>> = {};
  for (const { no, kind } of rows) numbers[kind] = no;
  return numbers;
}
