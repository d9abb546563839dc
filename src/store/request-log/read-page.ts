import { type Expression, expressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../database.ts';
import type { Tables } from '../tables.ts';
import { fromReadRow, READ_COLUMNS } from './read-row.ts';
import type { ReadRow } from './read-row.ts';
import type { RequestRow } from './request-row.ts';
import { numbersOf } from './filter-numbers.ts';
import { rowConditions } from './row-filter.ts';
import type { RowPage, RowQuery } from './stored-log.ts';

const MOST_READ = 50_000;
/** Rows of the first chunk that is read, which is mostly enough, and how much larger each next one is. */
const FIRST_CHUNK = 500;
const GROWTH = 4;
/** The longest search for one page, in milliseconds, beside its last chunk. */
const MOST_MS = 250;
const NO_ROWS: RowPage = Object.freeze({ rows: [], hasMore: false, searchedTo: undefined });

type Bounds = Pick<RowQuery, 'from' | 'below'>;

/**
 * Reads a page. One condition is served by an index. The others are checked while rows are read, in growing chunks, until the page is full or enough
 * was read: the page is then short, and says where it has stopped.
 */
export async function requestPage(database: Database, query: RowQuery): Promise<RowPage> {
  const { filter, towards, limit, mostRead = MOST_READ } = query;
  const numbers = await numbersOf(database, filter);
  if (numbers === undefined) return NO_ROWS;
  const { indexed, others } = rowConditions(expressionBuilder<Tables, 'request'>(), filter, numbers);
  const search: Search = { database, indexed, others, towards };
  const startedAt = performance.now();
  const found: RequestRow[] = [];
  let bounds: Bounds = { from: query.from, below: query.below };
  let left = mostRead;
  for (let chunk = FIRST_CHUNK; left > 0; chunk *= GROWTH) {
    const size = Math.min(chunk, left);
    const end = others.length === 0 ? undefined : await endOfChunk(search, bounds, size);
    found.push(...(await rowsWithin(search, within(bounds, end, towards), limit + 1 - found.length)));
    if (found.length > limit) return pageOf(found.slice(0, limit), { hasMore: true, towards });
    if (end === undefined) return pageOf(found, { hasMore: false, towards });
    bounds = behind(bounds, end, towards);
    left -= size;
    if (performance.now() - startedAt > MOST_MS) break;
  }
  return pageOf(found, {
    hasMore: true,
    searchedTo: towards === 'newer' ? (bounds.from ?? 0n) - 1n : bounds.below,
    towards,
  });
}

interface Search {
  readonly database: Database;
  readonly indexed: Expression<SqlBool> | undefined;
  readonly others: readonly Expression<SqlBool>[];
  readonly towards: RowQuery['towards'];
}

function pageOf(
  rows: readonly RequestRow[],
  { hasMore, searchedTo, towards }: Pick<RowPage, 'hasMore'> & Partial<RowPage> & Pick<Search, 'towards'>,
): RowPage {
  return { rows: towards === 'newer' ? rows.toReversed() : rows, hasMore, searchedTo };
}

/** The last id of the next so many rows of the index; undefined where fewer are left. */
async function endOfChunk(search: Search, bounds: Bounds, rows: number): Promise<bigint | undefined> {
  const { database, indexed } = search;
  const found = await sql<{ id: string }>`select cast(id as text) as id from request
    where ${conditions(indexed === undefined ? [] : [indexed], bounds)} ${order(search)} limit 1 offset ${rows - 1}`.execute(
    database.queries,
  );
  const id = found.rows[0]?.id;
  return id === undefined ? undefined : BigInt(id);
}

async function rowsWithin(search: Search, bounds: Bounds, limit: number): Promise<readonly RequestRow[]> {
  const { database, indexed, others } = search;
  const all = indexed === undefined ? others : [indexed, ...others];
  const { rows } = await sql<ReadRow>`select ${READ_COLUMNS} from request
    where ${conditions(all, bounds)} ${order(search)} limit ${limit}`.execute(database.queries);
  return rows.map(fromReadRow);
}

/** The number of an id that is read comes back as a text, so the column is meant here and not the result. */
function order({ towards }: Search): RawBuilder<unknown> {
  return towards === 'newer' ? sql`order by request.id` : sql`order by request.id desc`;
}

function conditions(all: readonly Expression<SqlBool>[], { from, below }: Bounds): RawBuilder<unknown> {
  const bounds = [
    ...(from === undefined ? [] : [sql`request.id >= ${from}`]),
    ...(below === undefined ? [] : [sql`request.id < ${below}`]),
  ];
  const parts = [...all, ...bounds].map((condition) => sql`(${condition})`);
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` and `);
}

/** A chunk: up to and with its last row. */
function within(bounds: Bounds, end: bigint | undefined, towards: RowQuery['towards']): Bounds {
  if (end === undefined) return bounds;
  return towards === 'newer' ? { ...bounds, below: end + 1n } : { ...bounds, from: end };
}

/** What is left behind a chunk. */
function behind(bounds: Bounds, end: bigint, towards: RowQuery['towards']): Bounds {
  return towards === 'newer' ? { ...bounds, from: end + 1n } : { ...bounds, below: end };
}
