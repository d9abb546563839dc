import { printable } from '../lib/printable.ts';
import { memberOf } from '../lib/record.ts';

/** What is wrong with a store. `foreign`: the file is no store of ours; `unusable`: anything else. */
export type StoreProblem = 'no_folder' | 'forbidden' | 'foreign' | 'damaged' | 'newer' | 'locked' | 'full' | 'unusable';

/** A store that cannot be opened, read or written. The message names its path, holds no secret, and is all that a user needs to see. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly problem: StoreProblem;

  constructor(
    problem: StoreProblem,
    path: string,
    details: { readonly because?: string; readonly cause?: unknown } = {},
  ) {
    super(printable(MESSAGES[problem](path, details.because ?? 'the reason is not known')), { cause: details.cause });
    this.problem = problem;
  }
}

const MESSAGES: Readonly<Record<StoreProblem, (path: string, because: string) => string>> = Object.freeze({
  no_folder: (path: string) => `the store '${path}' cannot be opened: its folder does not exist`,
  forbidden: (path: string) =>
    `the store '${path}' cannot be written: this user needs the right to write the file and its folder`,
  foreign: (path: string, because: string) => `'${path}' is no store of Spillway: ${because}; name another file`,
  damaged: (path: string) =>
    `the store '${path}' is damaged; put a backup in its place, or move it away for an empty one`,
  newer: (path: string) => `the store '${path}' is from a newer version of Spillway; use that, or name another file`,
  locked: (path: string) => `the store '${path}' is locked by another process`,
  full: (path: string) => `the disk of the store '${path}' is full`,
  unusable: (path: string, because: string) => `the store '${path}' cannot be used: ${because}`,
});

/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
const RESULTS: Readonly<Record<number, StoreProblem>> = Object.freeze({
  3: 'forbidden',
  5: 'locked',
  6: 'locked',
  8: 'forbidden',
  11: 'damaged',
  13: 'full',
  14: 'forbidden',
  26: 'foreign',
});

const SYSTEM: Readonly<Record<string, StoreProblem>> = Object.freeze({
  ENOENT: 'no_folder',
  ENOTDIR: 'no_folder',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EROFS: 'forbidden',
  ENOSPC: 'full',
  EDQUOT: 'full',
});

/** Reads what SQLite or the file system has thrown about the store at `path`. A StoreError stays what it is. */
export function toStoreError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const result = memberOf(error, 'errcode');
  const code = memberOf(error, 'code');
  const problem =
    typeof result === 'number'
      ? // The upper bits are details of the primary code.
        RESULTS[result & 0xff]
      : typeof code === 'string' && Object.hasOwn(SYSTEM, code)
        ? SYSTEM[code]
        : undefined;
  const because = problem === 'foreign' ? 'it is no database of SQLite' : wordsOf(error);
  return new StoreError(problem ?? 'unusable', path, { because, cause: error });
}

function wordsOf(error: unknown): string {
  const code = memberOf(error, 'code');
  const words = error instanceof Error ? error.message : String(error);
  return typeof code === 'string' && !words.includes(code) ? `${words} (${code})` : words;
}
