import { Worker } from 'node:worker_threads';
import { onAbort } from '../lib/abort.ts';
import type { PlainData } from './plain-data.ts';

/** Longest time that a configuration may take to evaluate, in milliseconds. */
const TIMEOUT_MS = 10_000;
/** A checkout runs its TypeScript sources, the package its built JavaScript. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

type Message = PlainData | { readonly failure: string };

/**
 * Evaluates a configuration that is a program (`spillway.config.ts`) and resolves with its default export as plain data. The program runs in a
 * worker, so that the next evaluation loads its imports again and nothing of it stays in memory. Never rejects: a failure is a problem.
 * Aborting the signal terminates the worker. `timeoutMs` is in milliseconds.
 */
export function evaluateConfig(file: string, signal?: AbortSignal, timeoutMs = TIMEOUT_MS): Promise<PlainData> {
  const { promise, resolve } = Promise.withResolvers<PlainData>();
  const worker = new Worker(new URL(`./evaluate-worker.${EXTENSION}`, import.meta.url), {
    workerData: { file, self: new URL(`../index.${EXTENSION}`, import.meta.url).href },
    execArgv: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', '--disable-warning=ExperimentalWarning'],
  });
  const fail = (failure: string): void =>
    resolve({ value: undefined, problems: [{ path: '', message: `cannot be evaluated: ${failure}` }] });
  const timer = setTimeout(() => fail(`not finished after ${timeoutMs / 1000} s`), timeoutMs);
  const listening = signal && onAbort(signal, () => fail('evaluation was cancelled'));
  worker.once('message', (message: Message) => ('failure' in message ? fail(message.failure) : resolve(message)));
  worker.once('error', (error: unknown) => fail(error instanceof Error ? error.message : String(error)));
  worker.once('exit', () => fail('the program ended its process'));
  return promise.finally(() => {
    clearTimeout(timer);
    listening?.[Symbol.dispose]();
    void worker.terminate();
  });
}
