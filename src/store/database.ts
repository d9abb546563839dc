import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** What a transaction writes. PostgreSQL runs those of `limits` and of `directory` one after the other, SQLite all of them. */
export type WriteKind = 'limits' | 'directory' | 'records';

/** An open database of the newest version, whatever its engine. */
export interface Database {
  readonly queries: Kysely<Tables>;
  /** Runs the work in one transaction, which is rolled back where the work rejects. */
  write<Result>(kind: WriteKind, work: (transaction: Kysely<Tables>) => Promise<Result>): Promise<Result>;
}

/** Rows per statement: SQLite binds at most 32,766 values, PostgreSQL 65,535. */
const BATCH = 500;

/** Cuts a list into parts that fit into one statement each. */
export function batches<Row>(rows: readonly Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / BATCH) }, (_, index) =>
    rows.slice(index * BATCH, (index + 1) * BATCH),
  );
}
