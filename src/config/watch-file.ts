import { realpath, stat } from 'node:fs/promises';
import type { Clock } from '../lib/clock.ts';

/** What `watchFile` watches, and what it calls. */
export interface WatchOptions {
  readonly path: string;
  /** The version that the caller has read, from `fileVersion`. */
  readonly version: string;
  readonly clock: Clock;
  /** Called once for each new version, after two polls have found the same one. Also called when the file has been deleted. */
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
    const { ino, size, mtimeNs, ctimeNs } = await stat(real, { bigint: true });
    return [real, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
  }
}

/**
 * Polls a file until it is disposed. The operating systems' notifications are not used: they miss changes in mounted folders, differ between
 * systems, and also fire while a file is still being written.
 */
export function watchFile({ path, version, clock, onChange }: WatchOptions): Disposable {
  let reported = version;
  let previous = version;
  let disposed = false;
  let timer = clock.timer(POLL_MS, () => void poll());

  async function poll(): Promise<void> {
    const current = await fileVersion(path);
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
