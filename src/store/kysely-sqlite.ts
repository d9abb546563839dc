import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { putBounded } from '../lib/bounded-map.ts';
import { type Dialect, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';

/** Most statements that are kept prepared. */
const MOST_PREPARED = 64;

/** Returns Kysely's SQLite dialect over Node's own database. Destroying Kysely closes the database, provided a query has run before. */
export function nodeSqliteDialect(database: DatabaseSync): Dialect {
  return new SqliteDialect({ database: adapt(database) });
}

/** Gives Node's database the interface of better-sqlite3, which Kysely's driver expects. */
function adapt(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, StatementSync>();

  /** Statements that write many rows take as long to prepare as to run. */
  function prepare(sql: string): StatementSync {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    putBounded(prepared, [sql, statement], MOST_PREPARED);
    return statement;
  }

  return {
    close: () => database.close(),
    prepare(sql) {
      // A full disk ends the transaction by itself. A rollback would then throw, and its error would hide the one with the reason.
      if (sql === 'rollback' && !database.isTransaction) return NO_STATEMENT;
      // A transaction that reads before it writes would fail where another process has written in between.
      const text = sql === 'begin' ? 'begin immediate' : sql;
      const statement = prepare(text);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...parameters.map(bindable)),
        run: (parameters) => statement.run(...parameters.map(bindable)),
        // A statement has one reader at a time.
        iterate: (parameters) => database.prepare(text).iterate(...parameters.map(bindable)),
      };
    },
  };
}

const NO_STATEMENT: SqliteStatement = Object.freeze({
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
});

function bindable(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint')
    return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`cannot bind a value of type ${typeof value} to an SQLite statement`);
}
