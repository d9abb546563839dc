import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ENVIRONMENT } from './cli.ts';

/** What a program did. */
export interface Ran {
  /** Null when it was killed. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of a program of Node. */
export interface ProgramRun {
  /** The script and its arguments. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** Its whole environment, beside the path and the compile cache. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds until it is killed. */
  readonly timeout: number;
  /** Kills it when aborted. */
  readonly signal?: AbortSignal;
}

/** Runs a program of Node without input and without this process's environment. Resolves whatever its status is. */
export async function runProgram({ args, cwd, env, timeout, signal }: ProgramRun): Promise<Ran> {
  const limit = AbortSignal.timeout(timeout);
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own group: the script starts the program as a child, which must end with it.
    detached: true,
  });
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL');
  };
  const end = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  end.addEventListener('abort', kill);
  try {
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { status: child.exitCode, stdout, stderr };
  } finally {
    end.removeEventListener('abort', kill);
  }
}

/** A new temporary folder with these files, by their paths. Dispose removes it. */
export async function folderOf(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'spillway-client-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}
