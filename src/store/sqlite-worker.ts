// Entry point of the worker that holds an SQLite store: runs one call after the other and posts an answer to each.
import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { runQuery } from './queries.ts';
import { openSqliteFile, openSqliteReader, type SqliteFile } from './sqlite-file.ts';
import type { SqliteAnswer, SqliteCall, SqliteFault, SqliteWorkerData } from './sqlite-protocol.ts';
import { ConflictError } from './store.ts';
import { toStoreError } from './store-error.ts';

const { path, mode, lockTimeoutMs, reads }: SqliteWorkerData = workerData;
/** The pause before a call to a locked file is repeated, in milliseconds. */
const RETRY_INTERVAL_MS = 25;

let file: SqliteFile | undefined;
/** The file of the last query. A view of the limits that was loaded or saved before describes no other file. */
let describedFile: SqliteFile | undefined;
let lastCall: Promise<unknown> = Promise.resolve();

/** Returns the open file, or opens the path again when its file was deleted, moved or replaced. */
async function currentFile(): Promise<SqliteFile> {
  if (file?.isAtPath() === true) return file;
  const stale = file;
  file = undefined;
  await stale?.close();
  return (file = reads === true ? openSqliteReader(path) : await openSqliteFile(path, mode));
}

async function answer(call: SqliteCall['call']): Promise<unknown> {
  if (call === 'close') return file?.close();
  const opened = await currentFile();
  if (call === 'open') return opened.pending;
  // A new file at the path has no rows of this process, so all of the view is written and not only what changed.
  const isNew = opened !== describedFile;
  const result = await (call.name === 'saveLimits' && isNew
    ? runQuery(opened, { name: 'saveLimits', argument: { ...call.argument, before: undefined } })
    : runQuery(opened, call));
  describedFile = opened;
  return result;
}

/** Repeats a call while another process holds the file. Such a call has written nothing. */
async function answerOnceUnlocked(call: SqliteCall['call']): Promise<unknown> {
  for (const deadline = performance.now() + lockTimeoutMs; ;) {
    try {
      return await answer(call);
    } catch (error) {
      if (toStoreError(error, path).problem !== 'locked' || performance.now() >= deadline) throw error;
    }
    await setTimeout(RETRY_INTERVAL_MS);
  }
}

function faultOf(error: unknown): SqliteFault {
  if (error instanceof ConflictError) return { conflict: error.conflict, message: error.message };
  const { problem, reason } = toStoreError(error, path);
  return { problem, reason };
}

function post(message: SqliteAnswer<unknown>): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
  parentPort?.postMessage(message);
}

parentPort?.on('message', ({ id, call }: SqliteCall) => {
  lastCall = lastCall
    .then(() => answerOnceUnlocked(call))
    .then(
      (result) => post({ id, result }),
      (error: unknown) => post({ id, fault: faultOf(error) }),
    );
});
