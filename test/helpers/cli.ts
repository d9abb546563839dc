import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPILED } from '../setup/compiled.ts';

/** The command, as `bin` names it. */
export const BIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'spillway.cjs');
/** The environment of every process that is started here. What Node has compiled for one, the next one need not compile again. */
export const ENVIRONMENT: Readonly<Record<string, string | undefined>> = {
  PATH: process.env['PATH'],
  NODE_COMPILE_CACHE: process.env[COMPILED],
};
/** A folder with nothing in it but what its test file puts there. */
export const EMPTY = mkdtempSync(join(tmpdir(), 'spillway-cli-'));

/** The command while it runs, in a process of its own. */
export interface Run extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves with the first match in the output. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Resolves when the output holds a text so many times. */
  readonly saysTimes: (text: string, times: number) => Promise<void>;
  readonly exit: Promise<number | null>;
}

export function run(args: readonly string[], environment: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: EMPTY,
    env: { ...ENVIRONMENT, ...environment },
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
  function until<Found>(find: () => Found | undefined, what: string): Promise<Found> {
    const { promise, resolve, reject } = Promise.withResolvers<Found>();
    const look = (): void => {
      const found = find();
      if (found === undefined) return;
      looks.delete(look);
      resolve(found);
    };
    looks.add(look);
    look();
    void exit.then(() => reject(new Error(`It ended without saying ${what}: ${output}`)));
    return promise;
  }
  return {
    child,
    exit,
    output: () => output,
    says: (pattern) => until(() => pattern.exec(output) ?? undefined, String(pattern)),
    saysTimes: (text, times) => until(() => output.split(text).length > times || undefined, text).then(() => undefined),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
