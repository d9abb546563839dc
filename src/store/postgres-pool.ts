import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import pg from 'pg';

/** How long closing waits for the server's good-bye, in milliseconds. A server that hangs says none. */
const CLOSE_TIMEOUT_MS = 1000;

/**
 * Connections for Kysely. One whose server did not answer is closed and not used again: whether it is still inside of a transaction is unknown.
 */
export class Connections implements PostgresPool {
  readonly options = {};
  readonly #pool: pg.Pool;
  readonly #clients = new Set<pg.PoolClient>();

  constructor(config: pg.PoolConfig) {
    this.#pool = new pg.Pool({ ...config, allowExitOnIdle: true });
    // A connection that breaks while it is idle is replaced. One that is in use rejects its query.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => {
      this.#clients.add(client);
      client.on('error', () => undefined);
    });
    this.#pool.on('remove', (client) => this.#clients.delete(client));
  }

  async connect(): Promise<PostgresPoolClient> {
    return new CheckedClient(await this.#pool.connect());
  }

  /** Closes all connections, after the queries that run on them. Resolves even where the server hangs. */
  async end(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    await Promise.race([promise, this.#pool.end()]);
    clearTimeout(timer);
    for (const client of this.#clients) client.connection.stream.destroy();
  }
}

/** A connection that notices that its server does not answer. */
class CheckedClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  #failure: unknown;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  query<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>>;
  query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>;
  query<Row>(
    query: string | PostgresCursor<Row>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<Row>> | PostgresCursor<Row> {
    if (typeof query !== 'string') throw new TypeError('no query is read through a cursor');
    return this.#query<Row>(query, parameters);
  }

  async #query<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>> {
    // The rollback of a transaction that was not answered would wait in vain as long again.
    if (this.#failure !== undefined) throw this.#failure;
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Kysely's type of a result of `pg` is narrower than that of `pg`
      return (await this.#client.query(sql, [...parameters])) as unknown as PostgresQueryResult<Row>;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || endsSession(error)) this.#failure = error;
      throw error;
    }
  }

  release(destroy = false): void {
    this.#client.release(destroy || this.#failure !== undefined);
  }
}

/**
 * Whether the server ends the session with an error. Its severity says so in the server's language, and `pg` does not hand out the one that is
 * not translated, so the SQLSTATE decides: of a connection, of its authorization, of a session that was idle for too long, of an operator or of a
 * defect (https://www.postgresql.org/docs/current/errcodes-appendix.html). To close a connection that could go on costs another one.
 */
function endsSession({ code = '' }: pg.DatabaseError): boolean {
  return /^(?:08|25P0[34]|28|57P|58|F0|XX)/.test(code) || code === '';
}
