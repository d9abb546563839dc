import type { SessionRecord } from '../domain/session-record.ts';
import { newestChange } from './change-rows.ts';
import type { Database } from './database.ts';
import { sessionsAfter } from './session-rows.ts';

/** Records of keys, as JSON. */
export interface KeyPage {
  readonly keys: readonly string[];
  /** Id of the last one; undefined where no further page has any. */
  readonly last: string | undefined;
}

/** What has changed; records of keys and tenants as JSON. */
export interface ChangedRows {
  /** Number of the newest change that is in it. */
  readonly seq: number;
  readonly keys: readonly string[];
  readonly tenants: readonly string[];
  readonly sessions: readonly SessionRecord[];
  readonly removedTenants: readonly string[];
}

/** Keys per page. The event loop parses one page at a time, in about 5 ms. */
const PAGE = 2000;

/** Returns the keys whose ids come after `after`, ordered by id. */
export async function keysAfter({ queries }: Database, after: string): Promise<KeyPage> {
  const rows = await queries
    .selectFrom('api_key')
    .select(['id', 'record'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(PAGE)
    .execute();
  return { keys: rows.map(({ record }) => record), last: rows.length < PAGE ? undefined : rows.at(-1)?.id };
}

/** Returns the records of all tenants, as JSON. */
export async function allTenants({ queries }: Database): Promise<readonly string[]> {
  const rows = await queries.selectFrom('tenant').select('record').orderBy('name').execute();
  return rows.map(({ record }) => record);
}

/**
 * Returns what has changed after the change number `seq`. A record that changes meanwhile may already be in it, and comes again with the next
 * call. One statement where nothing has changed. Throws where the newest change is older than `seq`: another database is in its place.
 */
export async function changesAfter({ queries }: Database, seq: number): Promise<ChangedRows> {
  const newest = await newestChange({ queries });
  if (newest < seq)
    throw new Error(
      `it lacks changes that this process has read (${seq}, the newest is ${newest}); restart the gateway`,
    );
  if (newest === seq) return { seq, keys: [], tenants: [], sessions: [], removedTenants: [] };
  // Keys first: then the tenant of a new key, which is older, is never missing.
  const keys = await queries
    .selectFrom('change')
    .innerJoin('api_key', 'api_key.id', 'change.id')
    .select('record')
    .where('kind', '=', 'key')
    .where('seq', '>', seq)
    .execute();
  const tenants = await queries
    .selectFrom('change')
    .leftJoin('tenant', 'tenant.name', 'change.id')
    .select(['change.id', 'record'])
    .where('kind', '=', 'tenant')
    .where('seq', '>', seq)
    .execute();
  return {
    seq: newest,
    keys: keys.map(({ record }) => record),
    tenants: tenants.flatMap(({ record }) => record ?? []),
    sessions: await sessionsAfter({ queries }, seq),
    removedTenants: tenants.flatMap(({ id, record }) => (record === null ? [id] : [])),
  };
}
