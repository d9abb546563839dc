import { Worker } from 'node:worker_threads';
import type { ConfigText, TextProblem } from './check-text.ts';

/** Longest time that a check may take, in milliseconds. */
const TIMEOUT_MS = 5000;
/** Most memory of a check, in megabytes. */
const MOST_HEAP_MB = 128;
/** A checkout runs its TypeScript sources, the package its built JavaScript. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/**
 * Checks a text as `checkConfigText` does, in a worker that has no environment: a hostile text neither delays requests nor outlives `timeoutMs`, in
 * milliseconds. Never rejects: a check that does not finish is a problem.
 */
export function checkInWorker(input: ConfigText, timeoutMs = TIMEOUT_MS): Promise<readonly TextProblem[]> {
  const { promise, resolve } = Promise.withResolvers<readonly TextProblem[]>();
  const fail = (reason: string): void => resolve([{ path: '', message: `the text cannot be checked: ${reason}` }]);
  const worker = new Worker(new URL(`./check-text-worker.${EXTENSION}`, import.meta.url), {
    workerData: input,
    env: {},
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB },
  });
  const timer = setTimeout(() => fail(`not finished after ${timeoutMs / 1000} s; it has too many members`), timeoutMs);
  worker.once('message', resolve);
  worker.once('error', () => fail('it is nested too deeply, or too large'));
  worker.once('exit', () => fail('the check ended early'));
  return promise.finally(() => {
    clearTimeout(timer);
    void worker.terminate();
  });
}
