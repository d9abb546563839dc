import { Worker } from 'node:worker_threads';
import { onAbort } from '../lib/abort.ts';
import type { PlainData } from './plain-data.ts';

/** How long a configuration may take to evaluate, in milliseconds. */
const TIME_MS = 10_000;
/** Sources are run as they are, the built package as built. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

type Message = PlainData | { readonly failure: string };

/**
 * Evaluates a configuration that is a program (`spillway.config.ts`) and resolves with the data that it exports by default. It runs in a
 * worker, so that a later reading sees what it imports anew and nothing of it stays. Never rejects: what goes wrong is a problem. An abort
 * of the signal ends the worker.
 */
export function evaluateConfig(file: string, signal?: AbortSignal, timeMs = TIME_MS): Promise<PlainData> {
  const { promise, resolve } = Promise.withResolvers<PlainData>();
  const worker = new Worker(new URL(`./evaluate-worker.${EXTENSION}`, import.meta.url), {
    workerData: { file, self: new URL(`../index.${EXTENSION}`, import.meta.url).href },
    execArgv: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', '--disable-warning=ExperimentalWarning'],
  });
  const failed = (failure: string): void =>
    resolve({ value: undefined, problems: [{ path: '', message: `cannot be evaluated: ${failure}` }] });
  const late = setTimeout(() => failed(`it did not finish within ${timeMs / 1000} s`), timeMs);
  const listening = signal && onAbort(signal, () => failed('it was given up'));
  worker.once('message', (message: Message) => ('failure' in message ? failed(message.failure) : resolve(message)));
  worker.once('error', (error: unknown) => failed(error instanceof Error ? error.message : String(error)));
  worker.once('exit', () => failed('it ended the process'));
  return promise.finally(() => {
    clearTimeout(late);
    listening?.[Symbol.dispose]();
    void worker.terminate();
  });
}
