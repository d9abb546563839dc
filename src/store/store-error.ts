import { printable } from '../lib/printable.ts';
import { memberOf } from '../lib/record.ts';

/**
 * Why a store cannot be used. `foreign`: the file is not a Spillway store. `outdated`: migrations are missing and are not to be applied.
 * `unreachable`: the database server does not answer. `busy`: too many calls wait for it. `refused`: it does not take what was to be written. `unusable`: any other reason.
 */
export type StoreProblem =
  | 'no_folder'
  | 'no_database'
  | 'forbidden'
  | 'foreign'
  | 'damaged'
  | 'newer'
  | 'outdated'
  | 'locked'
  | 'full'
  | 'unreachable'
  | 'busy'
  | 'refused'
  | 'unusable';

/** A store that cannot be opened, read or written. The message is one line for the operator: it names the store and holds no secret. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly problem: StoreProblem;
  readonly reason: string;

  /** `store`: the absolute path of the file, or the address of the server without its user and password. */
  constructor(
    problem: StoreProblem,
    store: string,
    details: { readonly reason?: string | undefined; readonly cause?: unknown } = {},
  ) {
    const { reason = 'unknown reason', cause } = details;
    const message = (store.startsWith('postgres:') && SERVER_MESSAGES[problem]) || MESSAGES[problem];
    super(printable(`store '${store}': ${message(reason)}`), { cause });
    this.problem = problem;
    this.reason = reason;
  }
}

type Messages = Readonly<Record<StoreProblem, (reason: string) => string>>;

const MESSAGES: Messages = Object.freeze({
  no_folder: () => 'the folder does not exist; create it, or name another file',
  no_database: () => 'the database does not exist; create it, or name another one',
  forbidden: () => 'cannot be opened for writing; this user must be able to write the file and its folder',
  foreign: (reason: string) => `not a Spillway store (${reason}); name another file`,
  damaged: () => 'the file is damaged; restore a backup, or move the file away to start with an empty store',
  newer: () => 'written by a newer version of Spillway; run that version, or name another file',
  outdated: (reason: string) => `lacks ${reason}; run spillway migrate`,
  locked: () => 'locked by another process',
  full: () => 'the disk is full; free some space',
  unreachable: (reason: string) => `does not answer (${reason})`,
  busy: () => 'too many calls wait for it',
  refused: (reason: string) => reason,
  unusable: (reason: string) => reason,
});

/** All of these problems. */
export const STORE_PROBLEMS: readonly string[] = Object.freeze(Object.keys(MESSAGES));

/** The messages that are different for a database server. */
const SERVER_MESSAGES: Partial<Messages> = Object.freeze({
  forbidden: (reason: string) => `access is denied (${reason})`,
  damaged: (reason: string) => `the database is damaged (${reason}); restore a backup`,
  newer: () => 'written by a newer version of Spillway; run that version, or name another database',
  locked: (reason: string) => `locked by another process (${reason})`,
  full: (reason: string) => `the server's disk is full (${reason})`,
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
  18: 'refused',
  19: 'refused',
  20: 'refused',
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
  // Of a failed migration the message names it, and the cause says why.
  const cause = memberOf(error, 'cause') ?? error;
  const result = memberOf(cause, 'errcode');
  const code = memberOf(cause, 'code');
  const problem =
    typeof result === 'number'
      ? // The upper bits are details of the primary code.
        SQLITE_CODES[result & 0xff]
      : typeof code === 'string' && Object.hasOwn(SYSTEM_CODES, code)
        ? SYSTEM_CODES[code]
        : undefined;
  const reason = problem === 'foreign' ? 'not an SQLite database' : reasonOf(error);
  return new StoreError(problem ?? 'unusable', path, { reason, cause: error });
}

/** The message of the error, with its code where the message lacks it, or the code alone where the message is empty. */
export function reasonOf(error: unknown): string {
  const code = memberOf(error, 'code');
  const message = error instanceof Error ? error.message : String(error);
  if (typeof code !== 'string' || message.includes(code)) return message;
  return message === '' ? code : `${message} (${code})`;
}
