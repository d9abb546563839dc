import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The command, as `bin` names it. */
export const BIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'spillway.cjs');
/** A folder with nothing in it but what its test file puts there. */
export const EMPTY = mkdtempSync(join(tmpdir(), 'spillway-cli-'));

/** The command while it runs, in a process of its own. */
export interface Run extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves with the first match in the output. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly exit: Promise<number | null>;
}

export function run(args: readonly string[], environment: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: EMPTY,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const looks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (piece: Buffer) => {
      output += piece.toString();
      for (const look of looks) look();
    });
  }
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    exit,
    output: () => output,
    says(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
      const look = (): void => {
        const match = pattern.exec(output);
        if (match !== null) resolve(match);
      };
      looks.add(look);
      look();
      void exit.then(() => reject(new Error(`It ended without saying ${pattern}: ${output}`)));
      return promise;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
