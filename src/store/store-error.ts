import { printable } from '../lib/printable.ts';
import { memberOf } from '../lib/record.ts';

/** Why a store cannot be used. `foreign`: the file is not a Spillway store. `unusable`: any other reason. */
export type StoreProblem = 'no_folder' | 'forbidden' | 'foreign' | 'damaged' | 'newer' | 'locked' | 'full' | 'unusable';

/** A store that cannot be opened, read or written. The message is one line for the operator: it names the path and holds no secret. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly problem: StoreProblem;

  constructor(
    problem: StoreProblem,
    path: string,
    details: { readonly reason?: string; readonly cause?: unknown } = {},
  ) {
    super(printable(MESSAGES[problem](path, details.reason ?? 'unknown reason')), { cause: details.cause });
    this.problem = problem;
  }
}

const MESSAGES: Readonly<Record<StoreProblem, (path: string, reason: string) => string>> = Object.freeze({
  no_folder: (path: string) => `store '${path}': the folder does not exist; create it, or name another file`,
  forbidden: (path: string) =>
    `store '${path}': cannot be opened for writing; this user must be able to write the file and its folder`,
  foreign: (path: string, reason: string) => `store '${path}': not a Spillway store (${reason}); name another file`,
  damaged: (path: string) =>
    `store '${path}': the file is damaged; restore a backup, or move the file away to start with an empty store`,
  newer: (path: string) =>
    `store '${path}': written by a newer version of Spillway; run that version, or name another file`,
  locked: (path: string) => `store '${path}': locked by another process`,
  full: (path: string) => `store '${path}': the disk is full; free some space`,
  unusable: (path: string, reason: string) => `store '${path}': ${reason}`,
});

/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
const SQLITE_CODES: Readonly<Record<number, StoreProblem>> = Object.freeze({
  3: 'forbidden',
  5: 'locked',
  6: 'locked',
  8: 'forbidden',
  11: 'damaged',
  13: 'full',
  14: 'forbidden',
  26: 'foreign',
});

const SYSTEM_CODES: Readonly<Record<string, StoreProblem>> = Object.freeze({
  ENOENT: 'no_folder',
  ENOTDIR: 'no_folder',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EROFS: 'forbidden',
  ENOSPC: 'full',
  EDQUOT: 'full',
});

/** Classifies an error that SQLite or the file system threw about the store at `path`. Returns a StoreError unchanged. */
export function toStoreError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const result = memberOf(error, 'errcode');
  const code = memberOf(error, 'code');
  const problem =
    typeof result === 'number'
      ? // The upper bits are details of the primary code.
        SQLITE_CODES[result & 0xff]
      : typeof code === 'string' && Object.hasOwn(SYSTEM_CODES, code)
        ? SYSTEM_CODES[code]
        : undefined;
  const reason = problem === 'foreign' ? 'not an SQLite database' : textOf(error);
  return new StoreError(problem ?? 'unusable', path, { reason, cause: error });
}

/** The message of the error, with its code where the message lacks it. */
function textOf(error: unknown): string {
  const code = memberOf(error, 'code');
  const message = error instanceof Error ? error.message : String(error);
  return typeof code === 'string' && !message.includes(code) ? `${message} (${code})` : message;
}
