import { pause } from '../lib/pause.ts';
import { loadLimits, saveLimits } from './limit-rows.ts';
import { openSqliteFile, type SqliteFile } from './sqlite-file.ts';
import type { OpenStoreOptions, Store } from './store.ts';
import { StoreError, toStoreError } from './store-error.ts';

/** How long another process may hold the file before opening it fails, in milliseconds. */
const OPEN_TIMEOUT_MS = 5000;
const RETRY_INTERVAL_MS = 25;

/** Opens the SQLite file at an absolute path as a store. Rejects with a StoreError, or with the abort reason of `options.signal`. */
export async function openSqliteStore(path: string, options: OpenStoreOptions): Promise<Store> {
  let file: SqliteFile | undefined = await openWithRetry(path, options);
  /** The file of the last load or save. A view that was loaded or saved before describes no other file. */
  let describedFile: SqliteFile | undefined;
  let lastTask: Promise<unknown> = Promise.resolve();
  let disposed = false;

  /** Runs one task at a time, so that no file is closed during a write. */
  function enqueue<Result>(task: () => Promise<Result>): Promise<Result> {
    const done = lastTask.then(task);
    lastTask = done.catch(() => undefined);
    return done;
  }

  /** Returns the open file, or reopens the path when its file was deleted, moved or replaced. */
  async function currentFile(): Promise<SqliteFile> {
    if (disposed) throw new StoreError('unusable', path, { reason: 'the store is closed' });
    if (file?.isAtPath() === true) return file;
    const stale = file;
    file = undefined;
    await stale?.close();
    file = await openSqliteFile(path);
    return file;
  }

  async function withFile<Result>(task: (opened: SqliteFile) => Promise<Result>): Promise<Result> {
    return enqueue(async () => {
      try {
        const opened = await currentFile();
        const result = await task(opened);
        describedFile = opened;
        return result;
      } catch (error) {
        throw toStoreError(error, path);
      }
    });
  }

  return {
    persistent: true,
    limits: {
      load: (now) => withFile(({ queries }) => loadLimits(queries, now)),
      save: (save) =>
        withFile((opened) =>
          // A new file at the path has no rows of this process, so all of the view is written and not only what changed.
          saveLimits(opened.queries, opened === describedFile ? save : { ...save, before: undefined }),
        ),
    },
    [Symbol.asyncDispose]: () =>
      enqueue(async () => {
        disposed = true;
        const last = file;
        file = undefined;
        // An error loses nothing: every save is in the file or in its log.
        await last?.close().catch(() => undefined);
      }),
  };
}

async function openWithRetry(path: string, { clock, signal }: OpenStoreOptions): Promise<SqliteFile> {
  const deadline = clock.now() + OPEN_TIMEOUT_MS;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await openSqliteFile(path);
    } catch (error) {
      if (!(error instanceof StoreError) || error.problem !== 'locked' || clock.now() >= deadline) throw error;
    }
    await pause(clock, RETRY_INTERVAL_MS, signal);
  }
}
