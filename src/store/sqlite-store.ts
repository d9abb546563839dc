import { onAbort } from '../lib/abort.ts';
import { IN_MEMORY, type SqliteWorkerData } from './sqlite-protocol.ts';
import { SqliteThread } from './sqlite-thread.ts';
import { storeOf } from './store-of.ts';
import type { QueryName, QueryResult, RunQuery } from './queries.ts';
import { OPERATOR_QUERIES } from './operator-queries.ts';
import type { OpenStoreOptions, Store } from './store.ts';

/** How long another process may hold the file before a call fails, in milliseconds. */
const LOCK_TIMEOUT_MS = 5000;

/** What runs the queries of a database. Dispose it after the last one. */
export interface OpenQueries extends AsyncDisposable {
  readonly run: RunQuery;
}

/** Opens the SQLite file at an absolute path as a store. Rejects with a StoreError, or with the abort reason of `options.signal`. */
export async function openSqliteStore(path: string, options: OpenStoreOptions): Promise<Store> {
  const queries = await openSqliteQueries(path, options);
  return storeOf({
    persistent: true,
    shared: false,
    run: queries.run,
    clock: options.clock,
    watch: watchNothing,
    dispose: async () => queries[Symbol.asyncDispose](),
  });
}

/** Opens the SQLite file at an absolute path. Rejects with a StoreError, or with the abort reason of `options.signal`. */
export async function openSqliteQueries(path: string, options: Omit<OpenStoreOptions, 'clock'>): Promise<OpenQueries> {
  const { signal, migrate = true, lockTimeoutMs = LOCK_TIMEOUT_MS } = options;
  const data: SqliteWorkerData = { path, mode: migrate ? 'apply' : 'refuse', lockTimeoutMs };
  const thread = await openThread(data, signal);
  // It starts with the first query of an operator.
  const reader = new SqliteThread({ ...data, reads: true });
  return {
    run: (name, argument) => (OPERATOR_QUERIES.has(name) ? reader : thread).query(name, argument),
    [Symbol.asyncDispose]: async () => void (await Promise.all([thread.close(), reader.close()])),
  };
}

/** Applies the missing migrations to the file at an absolute path, or only reports them, and resolves to their names. Rejects with a StoreError. */
export async function migrateSqliteFile(path: string, mode: 'apply' | 'report'): Promise<readonly string[]> {
  const thread = new SqliteThread({ path, mode, lockTimeoutMs: LOCK_TIMEOUT_MS });
  try {
    return await thread.open();
  } finally {
    await thread.close();
  }
}

async function openThread(data: SqliteWorkerData, signal: AbortSignal): Promise<SqliteThread> {
  signal.throwIfAborted();
  const thread = new SqliteThread(data);
  using _listening = onAbort(signal, () => void thread.terminate());
  try {
    await thread.open();
    return thread;
  } catch (error) {
    await thread.close();
    signal.throwIfAborted();
    throw error;
  }
}

/** Makes a store of the same kind in memory. Limits are not written at all, because the state of this process has them. */
export function openMemoryStore({ clock }: Pick<OpenStoreOptions, 'clock'>): Store {
  const { run, ...queries } = openMemoryQueries();
  const dispose = async (): Promise<void> => queries[Symbol.asyncDispose]();
  return {
    ...storeOf({ persistent: false, shared: false, run, clock, watch: watchNothing, dispose }),
    limits: {
      load: () => Promise.resolve(EMPTY.loadLimits),
      save: () => Promise.resolve(),
    },
  };
}

/**
 * Makes a database in memory. It loads SQLite and starts its worker when something is written first: until then a gateway without keys of a store pays
 * nothing for it.
 */
export function openMemoryQueries(): OpenQueries {
  const thread = new SqliteThread({ path: IN_MEMORY, mode: 'apply', lockTimeoutMs: 0 });
  let written = false;
  return {
    run: async (name, argument) => {
      if (WRITES.has(name)) written = true;
      return written ? thread.query(name, argument) : EMPTY[name];
    },
    [Symbol.asyncDispose]: () => thread.close(),
  };
}

/** What makes an empty store one that is not. */
const WRITES: ReadonlySet<QueryName> = new Set<QueryName>([
  'applyChange',
  'writeBatch',
  'openLog',
  'writeRequests',
  'forgetRequests',
  'writeBodies',
]);

/** What the queries return before anything is written. */
const EMPTY: QueryResult = Object.freeze({
  loadLimits: { cooldowns: [], windows: [] },
  saveLimits: undefined,
  newestChange: 0,
  keysAfter: { keys: [], last: undefined },
  allTenants: [],
  changesAfter: { seq: 0, keys: [], tenants: [], sessions: [], removedTenants: [] },
  allSessions: [],
  noteSessionUses: undefined,
  applyChange: 0,
  writeBatch: [],
  spendSince: [],
  leaseSpend: { startsAt: 0, grantedNano: 0, spentNano: 0, lostNano: 0 },
  renewLeases: [],
  endLeases: undefined,
  lastUses: [],
  usageSums: [],
  hourSums: [],
  attemptHours: [],
  auditPage: [],
  // Never used, because it writes.
  openLog: { replica: 0, secret: '' },
  writeRequests: undefined,
  maintainLog: false,
  forgetRequests: 0,
  writeBodies: 0,
  readBody: undefined,
  requestPage: { rows: [], hasMore: false, searchedTo: undefined },
});

/** SQLite reports no changes of other processes. */
function watchNothing(): Disposable {
  return { [Symbol.dispose]: () => undefined };
}
