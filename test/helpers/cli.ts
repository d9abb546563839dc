import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPILED } from '../setup/compiled.ts';

/** The command, as `bin` names it. */
export const BIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'spillway.cjs');
/** The environment of every process that is started here. They share Node's compile cache. */
export const ENVIRONMENT: Readonly<Record<string, string | undefined>> = {
  PATH: process.env['PATH'],
  NODE_COMPILE_CACHE: process.env[COMPILED],
};
/** A folder that holds only what its test file puts there. */
export const EMPTY = mkdtempSync(join(tmpdir(), 'spillway-cli-'));

/** A running command, in a process of its own. */
export interface Run extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves with the first match in the output. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Resolves when the output holds a text `times` times. */
  readonly saysTimes: (text: string, times: number) => Promise<void>;
  readonly exit: Promise<number | null>;
}

/** How a process of the command is limited. */
export interface RunLimits {
  /** Most files and sockets that it may have open; the system's default unless given. */
  readonly openFiles?: number | undefined;
}

/** Starts the command. Dispose kills it. */
export function run(
  args: readonly string[],
  environment: Record<string, string> = {},
  { openFiles }: RunLimits = {},
): Run {
  return runFile([BIN, ...args], environment, { openFiles });
}

/** Starts a program of Node. Dispose kills it. */
export function runFile(
  args: readonly string[],
  environment: Record<string, string> = {},
  { openFiles }: RunLimits = {},
): Run {
  const command = [process.execPath, ...args];
  const limited =
    openFiles === undefined ? command : ['sh', '-c', `ulimit -n ${openFiles}; exec "$@"`, 'sh', ...command];
  const [file = '', ...rest] = limited;
  const child = spawn(file, rest, {
    cwd: EMPTY,
    env: { ...ENVIRONMENT, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const checks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (piece: Buffer) => {
      output += piece.toString();
      for (const check of checks) check();
    });
  }
  const exit = once(child, 'close').then(([code]) => code as number | null);
  function until<Found>(find: () => Found | undefined, what: string): Promise<Found> {
    const { promise, resolve, reject } = Promise.withResolvers<Found>();
    const check = (): void => {
      const found = find();
      if (found === undefined) return;
      checks.delete(check);
      resolve(found);
    };
    checks.add(check);
    check();
    void exit.then(() => reject(new Error(`The command ended without printing ${what}: ${output}`)));
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
