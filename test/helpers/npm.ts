import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');
const execute = promisify(execFile);

/** The folder of an installed package, or the reason why it cannot be installed. */
export type InstalledPackage = { readonly folder: string } | { readonly reason: string };

/**
 * Installs a version of a package of npm with its dependencies, once, into a folder of its own: for programs that are too large for the
 * project's dependencies. No script of a package runs. A failure of npm is a reason and no rejection.
 */
export async function installPackage(name: string, version: string, signal?: AbortSignal): Promise<InstalledPackage> {
  const folder = join(CACHE, `${name.replaceAll(/[@/]+/g, '-').replace(/^-/, '')}-npm-${version}`);
  const inside = join('node_modules', name);
  const installed = { folder: join(folder, inside) };
  // npm writes this file last.
  const whole = (): boolean => existsSync(join(folder, 'node_modules', '.package-lock.json'));
  if (whole()) return installed;
  await mkdir(CACHE, { recursive: true });
  const half = await mkdtemp(`${folder}.`);
  try {
    const quiet = ['--no-audit', '--no-fund', '--no-save', '--ignore-scripts', '--loglevel=error'];
    await execute('npm', ['install', ...quiet, '--prefix', half, `${name}@${version}`], {
      cwd: half,
      signal,
      timeout: 170_000,
      killSignal: 'SIGKILL',
    });
    if (!whole()) await rm(folder, { recursive: true, force: true });
    // Another run may have been faster; either folder is as good.
    await rename(half, folder).catch((error: unknown) => {
      if (!whole()) throw error;
    });
    return installed;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n')[0] : undefined;
    return { reason: `skipped: ${name} could not be installed: ${said || String(error)}` };
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}
