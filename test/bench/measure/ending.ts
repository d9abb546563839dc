import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';

/** What ends a process that was just started, and then removes its folder; resolves when both are gone. */
export function endingOf(child: ChildProcess, folder: string): () => Promise<void> {
  const gone = once(child, 'exit');
  return async () => {
    child.kill('SIGKILL');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
}
