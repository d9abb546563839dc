import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';

/** A function that kills a process and removes its folder, and resolves after both. Made right after the process is started. */
export function endingOf(child: ChildProcess, folder: string): () => Promise<void> {
  const exited = once(child, 'exit');
  return async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
}
