import type { MigrationMode } from './migrations.ts';
import type { QueryCall } from './queries.ts';
import type { StoreProblem } from './store-error.ts';
import type { ConflictError } from './store.ts';

/** The path of a database that is gone with its connection. */
export const IN_MEMORY = ':memory:';

/** What the worker is started with. */
export interface SqliteWorkerData {
  /** Absolute path of the file, or `:memory:`. */
  readonly path: string;
  readonly mode: MigrationMode;
  /** Whether it only reads a file that another worker has open. */
  readonly reads?: true;
  /** How long another process may hold the file, in milliseconds. */
  readonly lockTimeoutMs: number;
}

/** A call of the main thread: a query, `open` to wait until the file is open, or `close`, which is the last one. */
export interface SqliteCall {
  readonly id: number;
  readonly call: QueryCall | 'open' | 'close';
}

/** Why a call failed. Errors lose their class between threads. */
export type SqliteFault =
  | { readonly problem: StoreProblem; readonly reason: string }
  | { readonly conflict: ConflictError['conflict']; readonly message: string };

/** The answer of the worker to the call of that id. */
export type SqliteAnswer<Result> =
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly fault: SqliteFault };
