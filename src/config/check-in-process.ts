import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onAbort } from '../lib/abort.ts';
import type { ComparedCheck, ComparedText } from './check-against.ts';

/** Longest time that a check may take, in milliseconds. */
const TIMEOUT_MS = 5000;
/** Most memory of a check, in megabytes. */
const MOST_HEAP_MB = 128;
/** A checkout runs its TypeScript sources, the package its built JavaScript. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/**
 * Checks a text as `checkAgainst` does, in a process that has no environment: a hostile text neither delays requests nor outlives `timeoutMs`, in
 * milliseconds. V8 ends the process, and not one thread of it, where memory runs out, so a thread would not do. Aborting the signal ends the process. Never
 * rejects: a check that does not finish is a problem.
 */
export async function checkInProcess(
  input: ComparedText,
  signal: AbortSignal,
  timeoutMs = TIMEOUT_MS,
): Promise<ComparedCheck> {
  const { promise, resolve } = Promise.withResolvers<ComparedCheck>();
  const fail = (reason: string): void => resolve(unchecked(reason));
  using _listening = onAbort(signal, () => fail('the check was cancelled'));
  const timer = setTimeout(() => fail(`not finished after ${timeoutMs / 1000} s; it has too many members`), timeoutMs);
  let child: ChildProcess | undefined;
  try {
    if (!signal.aborted) child = start(input, resolve, fail);
    return await promise;
  } catch {
    // Where the process has no file descriptor or no memory left, Node throws, or returns a child without a channel.
    return unchecked(NOT_STARTED);
  } finally {
    clearTimeout(timer);
    child?.kill('SIGKILL');
  }
}

const NOT_STARTED = 'no process can be started';

function unchecked(reason: string): ComparedCheck {
  return { problems: [{ path: '', message: `the text cannot be checked: ${reason}` }], compared: undefined };
}

function start(
  input: ComparedText,
  resolve: (check: ComparedCheck) => void,
  fail: (reason: string) => void,
): ChildProcess {
  const child = fork(fileURLToPath(new URL(`./check-text-process.${EXTENSION}`, import.meta.url)), {
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${MOST_HEAP_MB}`],
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the child is this program, and sends nothing else
  child.once('message', (check) => resolve(check as ComparedCheck));
  child.on('error', () => fail(NOT_STARTED));
  child.once('exit', () => fail('it is nested too deeply, or too large'));
  child.send(input, (error) => {
    if (error !== null) fail(NOT_STARTED);
  });
  return child;
}
