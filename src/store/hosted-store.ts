import { resolve } from 'node:path';
import type { StoreUrl } from '../config/store-url.ts';
import { OPERATOR_QUERIES } from './operator-queries.ts';
import type { QueryArgument, QueryName, QueryResult, RunQuery } from './queries.ts';
import { createSpendShares, type SpendShares } from './spend-shares.ts';
import { IN_MEMORY } from './sqlite-protocol.ts';
import { openMemoryQueries, openSqliteQueries, type OpenQueries } from './sqlite-store.ts';
import type { OpenStoreOptions, StoredLimits } from './store.ts';

/** A store that one process has open for several, as its one writer. Dispose it after the last of them. */
export interface HostedStore extends AsyncDisposable {
  readonly persistent: boolean;
  /** Its name in messages. */
  readonly name: string;
  /** The limits of all processes, which the process of the store keeps. */
  readonly limits: StoredLimits;
  /** Connects a process. */
  connect(options: HostedProcess): HostedConnection;
}

/** A process that uses a hosted store. */
export interface HostedProcess {
  /** The place of the process among the others. One that takes the place of one that has ended has its number in the ids of the request log. */
  readonly place: number;
  /** Writes what waits in the process. Called before another process reads what is in memory, where writes wait long. Never rejects. */
  readonly flush: () => Promise<void>;
  /** Called when another process has changed keys, tenants or sessions. Must not throw. */
  readonly onDirectoryChange: () => void;
}

/** The connection of one process. Disposal gives its leases of money back. */
export interface HostedConnection extends Disposable {
  readonly run: RunQuery;
}

/** Opens an SQLite file, or a database in memory, for several processes; a database server needs no host. Rejects with a StoreError, or with the abort reason of `options.signal`. */
export async function openHostedStore(url: StoreUrl, options: Omit<OpenStoreOptions, 'clock'>): Promise<HostedStore> {
  const persistent = url !== 'memory:';
  const path = persistent ? resolve(url.slice('sqlite:'.length)) : IN_MEMORY;
  const queries = persistent ? await openSqliteQueries(path, options) : openMemoryQueries();
  try {
    const shares = createSpendShares(await queries.run('spendSince', 0));
    return new Hosted({ persistent, name: path, queries, shares });
  } catch (error) {
    await queries[Symbol.asyncDispose]();
    throw error;
  }
}

interface HostedParts extends Pick<HostedStore, 'persistent' | 'name'> {
  readonly queries: OpenQueries;
  readonly shares: SpendShares;
}

class Hosted implements HostedStore {
  readonly persistent: boolean;
  readonly name: string;
  readonly limits: StoredLimits;
  readonly #queries: OpenQueries;
  readonly #shares: SpendShares;
  /** In the order of their starts. */
  readonly #connections = new Set<Connection>();

  constructor({ persistent, name, queries, shares }: HostedParts) {
    this.persistent = persistent;
    this.name = name;
    this.#queries = queries;
    this.limits = {
      load: (now) => queries.run('loadLimits', now),
      save: (save) => queries.run('saveLimits', save),
    };
    this.#shares = shares;
  }

  connect(options: HostedProcess): HostedConnection {
    const connection = new Connection({
      ...options,
      run: this.#queries.run,
      shares: this.#shares,
      directoryChanged: (by) => {
        for (const other of this.#connections) if (other !== by) other.onDirectoryChange();
      },
      flushOthers: async (by) => {
        const others = [...this.#connections].filter((each) => each !== by);
        if (!this.persistent) await Promise.all(others.map((each) => each.flush()));
      },
      closed: (closed) => void this.#connections.delete(closed),
    });
    this.#connections.add(connection);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queries[Symbol.asyncDispose]();
  }
}

interface ConnectionParts extends HostedProcess {
  readonly run: RunQuery;
  readonly shares: SpendShares;
  readonly directoryChanged: (by: Connection) => void;
  readonly flushOthers: (by: Connection) => Promise<void>;
  readonly closed: (connection: Connection) => void;
}

type Own = { readonly [Name in QueryName]?: (argument: QueryArgument[Name]) => Promise<QueryResult[Name]> };

class Connection implements HostedConnection {
  readonly onDirectoryChange: () => void;
  readonly flush: () => Promise<void>;
  readonly #parts: ConnectionParts;
  readonly #own: Own;
  /** The names under which the process has written and leased. */
  readonly #writers = new Set<string>();

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.onDirectoryChange = parts.onDirectoryChange;
    this.flush = parts.flush;
    const { run, shares, place } = parts;
    this.#own = {
      applyChange: async (change) => {
        const seq = await run('applyChange', change);
        parts.directoryChanged(this);
        return seq;
      },
      writeBatch: async (write) => {
        this.#writers.add(write.batch.writer);
        await run('writeBatch', write);
        return shares.written(write.batch);
      },
      leaseSpend: async ({ process, ...request }) => {
        this.#writers.add(process);
        return shares.lease(process, request);
      },
      renewLeases: async () => [],
      endLeases: async (process) => shares.end(process),
      openLog: ({ now }) => run('openLog', { process: `${process.pid}-${place}-${STARTED}`, now }),
    };
  }

  readonly run: RunQuery = async (name, argument) => {
    if (READS.has(name)) await this.#parts.flushOthers(this);
    const own = this.#own[name];
    return own === undefined ? this.#parts.run(name, argument) : own(argument);
  };

  [Symbol.dispose](): void {
    this.#parts.closed(this);
    for (const writer of this.#writers) this.#parts.shares.end(writer);
  }
}

/** What shows what others may not have written yet. */
const READS: ReadonlySet<QueryName> = new Set<QueryName>([...OPERATOR_QUERIES, 'forgetRequests', 'readBody']);

/** Together with the process's id no other process has it. */
const STARTED = Math.floor(performance.timeOrigin);
