import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { ENVIRONMENT } from './cli.ts';

/** Whether this machine can make a pseudo-terminal: whether it has util-linux's `script`. */
export const HAS_TERMINAL = spawnSync('script', ['--version']).status === 0;

/** A program on a pseudo-terminal of its own. Dispose kills it. */
export interface Terminal extends AsyncDisposable {
  /** Everything that it has shown so far, with its control characters. */
  readonly output: () => string;
  /** The same without colours and carriage returns, and without overwritten lines. */
  readonly screen: () => string;
  /** Resolves when the screen matches. */
  readonly shows: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly type: (keys: string) => void;
  readonly exit: Promise<number | null>;
}

/** Options of a terminal. */
export interface TerminalOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs a command line on a pseudo-terminal. */
export function openTerminal(command: string, { cwd, env }: TerminalOptions): Terminal {
  const child: ChildProcess = spawn('script', ['-qefc', `exec ${command}`, '/dev/null'], {
    cwd,
    env: { ...ENVIRONMENT, TERM: 'xterm', COLUMNS: '200', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  const checks = new Set<() => void>();
  child.stdout?.on('data', (piece: Buffer) => {
    output += piece.toString();
    for (const check of checks) check();
  });
  const exit = once(child, 'close').then(([code]) => code as number | null);
  const screen = (): string =>
    output
      // oxlint-disable-next-line no-control-regex -- control characters are what is removed
      .replaceAll(/\r\u001B\[K[^\n\r]*(?=\r\u001B\[K)/g, '')
      // oxlint-disable-next-line no-control-regex -- as above
      .replaceAll(/\u001B\[[\d;]*[A-Za-z]|\r/g, '');
  return {
    exit,
    output: () => output,
    screen,
    shows(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
      const check = (): void => {
        const match = pattern.exec(screen());
        if (match !== null) resolve(match);
      };
      checks.add(check);
      check();
      void exit.then(() => reject(new Error(`The program ended without showing ${pattern}: ${screen()}`)));
      return promise;
    },
    type: (keys) => void child.stdin?.write(keys),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
