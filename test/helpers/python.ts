import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');
const execute = promisify(execFile);

/** Options of a run of Python. */
export interface PythonOptions {
  /** Text for its standard input. */
  readonly input?: string;
  /** Milliseconds until it is killed; a minute unless given. */
  readonly timeout?: number;
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its working directory; that of the tests unless given. */
  readonly cwd?: string;
  /** Kills it when aborted. */
  readonly signal?: AbortSignal;
}

/** Runs `python3` and resolves with its standard output. Rejects with an error that has `stdout` and `stderr` when it fails. */
export async function python(args: readonly string[], options: PythonOptions = {}): Promise<string> {
  const { input = '', timeout = 60_000, env = {}, cwd, signal } = options;
  const running = execute('python3', args, {
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
    killSignal: 'SIGKILL',
    cwd,
    signal,
    timeout,
  });
  // It may end without reading its input. Its own error is more useful than the pipe's.
  running.child.stdin?.on('error', () => {}).end(input);
  return (await running).stdout;
}

/** The folder of an installed package, for `PYTHONPATH`, or the reason why it cannot be installed. */
export type Installed = { readonly folder: string } | { readonly reason: string };

/** Installs a version of a package of PyPI with its dependencies, once, beside those of npm. A failure of pip is a reason and no rejection. */
export async function installPython(name: string, version: string, signal?: AbortSignal): Promise<Installed> {
  const end = signal === undefined ? {} : { signal };
  const tag = await python(['-c', 'import sys; print(sys.implementation.cache_tag)'], end).catch(() => undefined);
  if (tag === undefined) return { reason: 'skipped: python3 not found' };
  // Compiled parts fit one version of Python only.
  const folder = join(CACHE, `${name}-python-${version}-${tag.trim()}`);
  // A folder alone is not enough: the removal of `node_modules` may have stopped half-way.
  const whole = (): boolean => existsSync(join(folder, `${name}-${version}.dist-info`, 'RECORD'));
  if (whole()) return { folder };
  const pip = await python(['-m', 'pip', '--version'], end).catch(() => undefined);
  if (pip === undefined) return { reason: 'skipped: pip not found' };
  await mkdir(CACHE, { recursive: true });
  const half = await mkdtemp(`${folder}.`);
  try {
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
    const install = ['-m', 'pip', 'install', ...quiet, '--target', half, `${name}==${version}`];
    await python(install, { ...end, timeout: 170_000 });
    // Another run may have been faster; either folder is as good.
    if (!whole()) await rm(folder, { recursive: true, force: true });
    await rename(half, folder).catch((error: unknown) => {
      if (!whole()) throw error;
    });
    return { folder };
  } catch (error) {
    const message =
      error instanceof Error && 'stderr' in error ? String(error.stderr).match(/^ERROR: .*/m)?.[0] : undefined;
    return { reason: `skipped: pip could not install ${name} ${version}: ${message ?? String(error)}` };
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}
