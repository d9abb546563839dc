import type { OpenedLog } from './open-log.ts';
import type { RequestRow } from './request-row.ts';

/** The request log in the store. Everything rejects with a StoreError where the store fails. */
export interface StoredLog {
  /** Claims a number for the process that makes ids, for a day, and reads the secret of users' hashes. */
  open(process: string): Promise<OpenedLog>;
  /** Writes rows in one transaction. Rows that are there already stay as they are: after a rejection write the same rows again. */
  write(rows: readonly RequestRow[]): Promise<void>;
}
