import { type BigIntStats, realpathSync, statSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { Clock } from '../lib/clock.ts';

/** What `watchFiles` watches, and what it calls. */
export interface WatchOptions {
  /** By path, the version that the caller has read, from `fileVersion`. */
  readonly versions: ReadonlyMap<string, string>;
  readonly clock: Clock;
  /** Called once for each new version of one file or of several, after two polls have found the same one. Also called when a file has been deleted. */
  readonly onChange: () => void;
}

/** Time between two polls, in milliseconds. A change is reported after the second poll that finds it. */
export const POLL_MS = 500;

/**
 * Identifies the present state of a file without reading its content. Resolves with an opaque text, or with the error code when the file
 * cannot be examined. Follows symbolic links, because Kubernetes updates a ConfigMap by pointing a link to another folder. Never rejects.
 */
export async function fileVersion(path: string): Promise<string> {
  try {
    const real = await realpath(path);
    return versionText(real, await stat(real, { bigint: true }));
  } catch (error) {
    return errorCode(error);
  }
}

/** The same as `fileVersion`, synchronously. Never throws. */
export function fileVersionNow(path: string): string {
  try {
    const real = realpathSync(path);
    return versionText(real, statSync(real, { bigint: true }));
  } catch (error) {
    return errorCode(error);
  }
}

function versionText(real: string, { ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [real, ino, size, mtimeNs, ctimeNs].join(' ');
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
}

/**
 * Polls files until it is disposed. The operating systems' notifications are not used: they miss changes in mounted folders, differ between
 * systems, and also fire while a file is still being written.
 */
export function watchFiles({ versions, clock, onChange }: WatchOptions): Disposable {
  const paths = [...versions.keys()];
  let reported = [...versions.values()].join('\n');
  let previous = reported;
  let disposed = false;
  let timer = clock.timer(POLL_MS, () => void poll());

  async function poll(): Promise<void> {
    const current = (await Promise.all(paths.map(fileVersion))).join('\n');
    if (disposed) return;
    if (current === previous && current !== reported) {
      reported = current;
      onChange();
    }
    previous = current;
    timer = clock.timer(POLL_MS, () => void poll());
  }

  return {
    [Symbol.dispose]() {
      disposed = true;
      timer[Symbol.dispose]();
    },
  };
}
