import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Tables } from './tables.ts';

/** What a transaction writes. PostgreSQL runs those of `limits`, of `directory` and of `log` one after the other, SQLite all of them. */
export type WriteKind = 'limits' | 'directory' | 'records' | 'log';

/** An open database of the newest version, whatever its engine. */
export interface Database {
  readonly engine: 'sqlite' | 'postgres';
  readonly queries: Kysely<Tables>;
  /** Runs the work in one transaction, which is rolled back where the work rejects. */
  write<Result>(kind: WriteKind, work: (transaction: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  /** Whether hardly any space is left where the database is; false where that is unknown. */
  isNearlyFull(): boolean;
  /** Gives some free pages back to the file system, where they are not given back anyway. Returns whether there may be more. */
  releaseSpace(): boolean;
}

/** Rows per statement: SQLite binds at most 32,766 values, PostgreSQL 65,535. */
const BATCH = 500;

/** Cuts a list into parts that fit into one statement each. */
export function batches<Row>(rows: readonly Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / BATCH) }, (_, index) =>
    rows.slice(index * BATCH, (index + 1) * BATCH),
  );
}

/** Returns the syntax for a list of row values that both engines have. */
export function listOf(rows: readonly (readonly (string | number)[])[]): RawBuilder<unknown> {
  return sql`(values ${sql.join(rows.map((row) => sql`(${sql.join(row.map(typed))})`))})`;
}

/** PostgreSQL takes a parameter in `values` for text unless it is cast. */
function typed(value: string | number): RawBuilder<unknown> {
  return typeof value === 'string' ? sql`cast(${value} as text)` : sql`cast(${value} as double precision)`;
}
