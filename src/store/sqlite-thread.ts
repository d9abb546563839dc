import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { QueryArgument, QueryCall, QueryName, QueryResult } from './queries.ts';
import type { SqliteAnswer, SqliteFault, SqliteWorkerData } from './sqlite-protocol.ts';
import { ConflictError } from './store.ts';
import { StoreError, type StoreProblem } from './store-error.ts';

/** A checkout runs its TypeScript sources, the package its built JavaScript. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
/** Most calls that wait for the worker. Saves and batches wait for the one before, so only calls of operators can become that many. */
const MAX_PENDING = 1000;

/** A call that waits. `never`, because each takes the answer to its own call. */
type TakeAnswer = (answer: SqliteAnswer<never>) => void;

/**
 * The worker that holds one SQLite database. It starts with the first call, and again with the next call after a crash. It keeps the process
 * alive only while a call is pending.
 */
export class SqliteThread {
  readonly #data: SqliteWorkerData;
  readonly #pending = new Map<number, TakeAnswer>();
  #worker: Worker | undefined;
  #lastId = 0;
  #closing: Promise<void> | undefined;

  constructor(data: SqliteWorkerData) {
    this.#data = data;
  }

  /** Opens the file and resolves to the migrations that were missing. Rejects with a StoreError. */
  open(): Promise<readonly string[]> {
    return this.#post('open');
  }

  /** Runs a query after all earlier ones. Rejects with a StoreError or a ConflictError. */
  query<Name extends QueryName>(name: Name, argument: QueryArgument[Name]): Promise<QueryResult[Name]> {
    return this.#post({ name, argument });
  }

  /** Closes the database after all calls, and ends the worker. Idempotent; never rejects: every write is in the file or in its log. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** Ends the worker without waiting for its calls, which then reject. */
  async terminate(): Promise<void> {
    this.#closing ??= Promise.resolve();
    await this.#worker?.terminate();
  }

  async #close(): Promise<void> {
    if (this.#worker === undefined) return;
    await this.#send('close').catch(() => undefined);
    await this.#worker?.terminate();
  }

  async #post<Result, Name extends QueryName>(call: QueryCall<Name> | 'open'): Promise<Result> {
    if (this.#closing !== undefined) throw this.#error('unusable', 'the store is closed');
    if (this.#pending.size >= MAX_PENDING) throw this.#error('busy');
    return this.#send(call);
  }

  #send<Result, Name extends QueryName>(call: QueryCall<Name> | 'open' | 'close'): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#lastId;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin
    worker.postMessage({ id, call });
    worker.ref();
    this.#pending.set(id, (answer: SqliteAnswer<Result>) => {
      if ('fault' in answer) reject(this.#errorOf(answer.fault));
      else resolve(answer.result);
    });
    return promise;
  }

  #start(): Worker {
    const worker = new Worker(new URL(`./sqlite-worker.${EXTENSION}`, import.meta.url), {
      workerData: this.#data,
      // Node's SQLite is experimental, which an operator can do nothing about.
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: cacheOfProcess(),
    });
    worker.on('message', (answer: SqliteAnswer<never>) => {
      const take = this.#pending.get(answer.id);
      this.#pending.delete(answer.id);
      if (this.#pending.size === 0) worker.unref();
      take?.(answer);
    });
    worker.on('error', (error: unknown) => this.#lose(worker, `its thread failed: ${String(error)}`));
    worker.on('exit', () => this.#lose(worker, 'its thread has ended'));
    return worker;
  }

  #lose(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const [id, take] of this.#pending) take({ id, fault: { problem: 'unusable', reason } });
    this.#pending.clear();
  }

  #errorOf(fault: SqliteFault): Error {
    return 'conflict' in fault
      ? new ConflictError(fault.conflict, fault.message)
      : this.#error(fault.problem, fault.reason);
  }

  #error(problem: StoreProblem, reason?: string): StoreError {
    return new StoreError(problem, this.#data.path, { reason });
  }
}

/** A worker does not take over its process's compile cache, with which it starts in two thirds of the time. It needs nothing else of the environment. */
function cacheOfProcess(): Record<string, string> {
  const folder = getCompileCacheDir();
  // The cache is in a folder of its version of Node, inside of the one that was named.
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}
