import { Kysely, PostgresDialect, sql } from 'kysely';
import type pg from 'pg';
import { onAbort } from '../lib/abort.ts';
import type { Database, WriteKind } from './database.ts';
import { addressOf, connectionOptions, STATEMENT_LIMITS } from './postgres-connection.ts';
import { toServerError } from './postgres-error.ts';
import { migratePostgres } from './postgres-migrations.ts';
import { Connections } from './postgres-pool.ts';
import { CHANNEL, PostgresWatch } from './postgres-watch.ts';
import { OPERATOR_QUERIES } from './operator-queries.ts';
import { type RunQuery, runQuery } from './queries.ts';
import { storeOf } from './store-of.ts';
import { ConflictError, type OpenStoreOptions, type Store } from './store.ts';
import { StoreError } from './store-error.ts';
import type { Tables } from './tables.ts';

/** Most connections, and as many more for the queries of operators, which must not keep the gateway's own waiting. */
const CONNECTIONS = 4;
const OPERATOR_CONNECTIONS = 2;
/** Least connections of one of several processes: a transaction must not stop all other calls. */
const LEAST_CONNECTIONS = 2;
/** How long the server may run a query of operators, in milliseconds. */
const OPERATOR_TIMEOUT_MS = 2000;

/** Ids of the advisory locks below, in the namespace of this program: any number that other programs are unlikely to use. */
const LOCK_SPACE = 1_397_770_583;
/** The writes that run one after the other. Batches need no lock: they write their rows in one order. */
const LOCKS: Readonly<Partial<Record<WriteKind, number>>> = Object.freeze({ limits: 1, directory: 2, log: 3 });

/**
 * Opens the database at the URL as a store, and migrates it. Where the server does not answer the store opens all the same: its calls reject
 * until the server answers, and the first of them that reaches it migrates. Rejects with a StoreError for any other reason, or with the abort
 * reason of `options.signal`.
 */
export async function openPostgresStore(url: string, options: OpenStoreOptions): Promise<Store> {
  const store = new PostgresServer(url, options);
  const { promise, reject } = Promise.withResolvers<never>();
  using _listening = onAbort(options.signal, () => reject(options.signal.reason));
  try {
    await Promise.race([store.prepare(), promise]);
  } catch (error) {
    if (!(error instanceof StoreError && error.problem === 'unreachable')) {
      await store.close();
      throw error;
    }
  }
  return storeOf({
    persistent: true,
    shared: true,
    run: store.run,
    clock: options.clock,
    watch: store.watch,
    dispose: () => store.close(),
  });
}

class PostgresServer {
  readonly #url: string;
  readonly #address: string;
  readonly #migrates: boolean;
  readonly #own: Database;
  readonly #operators: Database;
  readonly #watch: PostgresWatch;
  #prepared: Promise<unknown> | undefined;
  #closed: Promise<void> | undefined;

  constructor(url: string, { clock, migrate = true, processes = 1 }: OpenStoreOptions) {
    this.#url = url;
    this.#address = addressOf(url);
    this.#migrates = migrate;
    this.#own = openDatabase(url, Math.max(LEAST_CONNECTIONS, Math.floor(CONNECTIONS / processes)));
    this.#operators = openDatabase(url, Math.ceil(OPERATOR_CONNECTIONS / processes), {
      statement_timeout: OPERATOR_TIMEOUT_MS,
    });
    this.#watch = new PostgresWatch(url, clock);
  }

  readonly run: RunQuery = async (name, argument) => {
    if (this.#closed !== undefined) throw new StoreError('unusable', this.#address, { reason: 'the store is closed' });
    await this.prepare();
    try {
      const database = OPERATOR_QUERIES.has(name) ? this.#operators : this.#own;
      return await runQuery(database, { name, argument });
    } catch (error) {
      throw error instanceof ConflictError ? error : toServerError(error, this.#address);
    }
  };

  readonly watch = (listener: () => void): Disposable => this.#watch.watch(listener);

  /** Migrates once; after a failure the next call tries again. */
  prepare(): Promise<unknown> {
    return (this.#prepared ??= migratePostgres(this.#url, this.#migrates ? 'apply' : 'refuse').catch(
      (error: unknown) => {
        this.#prepared = undefined;
        throw error;
      },
    ));
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#watch.close();
    await Promise.all([this.#own.queries.destroy(), this.#operators.queries.destroy()]);
  }
}

function openDatabase(url: string, max: number, limits: pg.ClientConfig = {}): Database {
  const pool = new Connections({ ...connectionOptions(url), ...STATEMENT_LIMITS, ...limits, max });
  const queries = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    engine: 'postgres',
    queries,
    isNearlyFull: () => false,
    releaseSpace: () => false,
    write: (kind, work) =>
      // With a stricter level, which a server can have as its default, work would not see what was committed while it waited for the lock.
      queries
        .transaction()
        .setIsolationLevel('read committed')
        .execute(async (transaction) => {
          const lock = LOCKS[kind];
          if (lock !== undefined) await sql`select pg_advisory_xact_lock(${LOCK_SPACE}, ${lock})`.execute(transaction);
          const result = await work(transaction);
          // It is sent when the transaction is committed.
          if (kind === 'directory') await sql`select pg_notify(${CHANNEL}, '')`.execute(transaction);
          return result;
        }),
  };
}
