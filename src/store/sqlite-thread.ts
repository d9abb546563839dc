import { Worker } from 'node:worker_threads';
import type { QueryArgument, QueryCall, QueryName, QueryResult } from './queries.ts';
import type { SqliteAnswer, SqliteCall, SqliteFault, SqliteWorkerData } from './sqlite-protocol.ts';
import { ConflictError } from './store.ts';
import { StoreError, type StoreProblem } from './store-error.ts';

/** A checkout runs its TypeScript sources, the package its built JavaScript. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
/** Most calls that wait for the worker. Saves and batches wait for the one before, so only calls of operators can become that many. */
const MAX_PENDING = 1000;

interface PendingCall {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * The worker that holds one SQLite database. It starts with the first call, and again with the next call after a crash. It keeps the process
 * alive only while a call is pending.
 */
export class SqliteThread {
  readonly #data: SqliteWorkerData;
  readonly #pending = new Map<number, PendingCall>();
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
    // The compiler does not see that the argument of a name fits the call of that name.
    return this.#post({ name, argument } as QueryCall);
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

  async #post<Result>(call: SqliteCall['call']): Promise<Result> {
    if (this.#closing !== undefined) throw this.#error('unusable', 'the store is closed');
    if (this.#pending.size >= MAX_PENDING) throw this.#error('busy');
    return this.#send(call);
  }

  #send<Result>(call: SqliteCall['call']): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#lastId;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin
    worker.postMessage({ id, call } satisfies SqliteCall);
    worker.ref();
    // The worker answers each call with the result of that call.
    this.#pending.set(id, { resolve: (result) => resolve(result as Result), reject });
    return promise;
  }

  #start(): Worker {
    const worker = new Worker(new URL(`./sqlite-worker.${EXTENSION}`, import.meta.url), {
      workerData: this.#data,
      // Node's SQLite is experimental, which an operator can do nothing about.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    worker.on('message', (answer: SqliteAnswer) => {
      const call = this.#pending.get(answer.id);
      this.#pending.delete(answer.id);
      if (this.#pending.size === 0) worker.unref();
      if ('fault' in answer) call?.reject(this.#errorOf(answer.fault));
      else call?.resolve(answer.result);
    });
    const end = (reason: string): void => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#pending.values()) reject(this.#error('unusable', reason));
      this.#pending.clear();
    };
    worker.on('error', (error: unknown) => end(`its thread failed: ${error instanceof Error ? error.message : error}`));
    worker.on('exit', () => end('its thread has ended'));
    return worker;
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
