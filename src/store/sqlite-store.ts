import { pause } from '../lib/pause.ts';
import { loadLimits, saveLimits } from './limit-rows.ts';
import { openSqliteFile, type SqliteFile } from './sqlite-file.ts';
import type { OpenStoreOptions, Store } from './store.ts';
import { StoreError, toStoreError } from './store-error.ts';

/** How long another process may have the file before opening it fails, in milliseconds. */
const PATIENCE_MS = 5000;
const PAUSE_MS = 25;

/** The store in one file of SQLite, at an absolute path. Rejects with a StoreError. */
export async function openSqliteStore(path: string, options: OpenStoreOptions): Promise<Store> {
  let file: SqliteFile | undefined = await openPatiently(path, options);
  /** The file that was last loaded from or saved to. A view that was saved before describes no other file. */
  let described: SqliteFile | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  /** One thing at a time: a file is not closed while something is written to it. */
  function inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  }

  /** A file that was deleted, moved or replaced is left, and what stands at the path now is opened, or made. */
  async function usable(): Promise<SqliteFile> {
    if (closed) throw new StoreError('unusable', path, { because: 'it is closed' });
    if (file?.stands() === true) return file;
    const left = file;
    file = undefined;
    await left?.close();
    file = await openSqliteFile(path);
    return file;
  }

  async function withFile<Result>(work: (file: SqliteFile) => Promise<Result>): Promise<Result> {
    return inOrder(async () => {
      try {
        return await work(await usable());
      } catch (error) {
        throw toStoreError(error, path);
      }
    });
  }

  return {
    keeps: true,
    limits: {
      load: (now) =>
        withFile(async (opened) => {
          const loaded = await loadLimits(opened.queries, now);
          described = opened;
          return loaded;
        }),
      save: (save) =>
        withFile(async (opened) => {
          // A new file at the path has nothing of this process: all of it is saved, not only what changed.
          await saveLimits(opened.queries, opened === described ? save : { ...save, before: undefined });
          described = opened;
        }),
    },
    [Symbol.asyncDispose]: () =>
      inOrder(async () => {
        closed = true;
        const left = file;
        file = undefined;
        // Whatever stands against it, all that was saved is in the file or in its log.
        await left?.close().catch(() => undefined);
      }),
  };
}

async function openPatiently(path: string, { clock, signal }: OpenStoreOptions): Promise<SqliteFile> {
  const until = clock.now() + PATIENCE_MS;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await openSqliteFile(path);
    } catch (error) {
      if (!(error instanceof StoreError) || error.problem !== 'locked' || clock.now() >= until) throw error;
    }
    await pause(clock, PAUSE_MS, signal);
  }
}
