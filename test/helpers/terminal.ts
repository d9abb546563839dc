import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { ENVIRONMENT } from './cli.ts';

/** Whether this machine has what makes a pseudo-terminal here: util-linux's `script`. */
export const HAS_TERMINAL = spawnSync('script', ['--version']).status === 0;

/** A program on a pseudo-terminal of its own. Dispose kills it. */
export interface Terminal extends AsyncDisposable {
  /** All that it has shown so far, as it came. */
  readonly output: () => string;
  /** The same without colours and carriage returns, and without lines that were written over. */
  readonly screen: () => string;
  /** Resolves when the screen shows this. */
  readonly shows: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly type: (keys: string) => void;
  readonly exit: Promise<number | null>;
}

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
  const looks = new Set<() => void>();
  child.stdout?.on('data', (piece: Buffer) => {
    output += piece.toString();
    for (const look of looks) look();
  });
  const exit = once(child, 'close').then(([code]) => code as number | null);
  const screen = (): string =>
    output
      // oxlint-disable-next-line no-control-regex -- these are what is to go
      .replaceAll(/\r\u001B\[K[^\n\r]*(?=\r\u001B\[K)/g, '')
      // oxlint-disable-next-line no-control-regex -- as above
      .replaceAll(/\u001B\[[\d;]*[A-Za-z]|\r/g, '');
  return {
    exit,
    output: () => output,
    screen,
    shows(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
      const look = (): void => {
        const match = pattern.exec(screen());
        if (match !== null) resolve(match);
      };
      looks.add(look);
      look();
      void exit.then(() => reject(new Error(`It ended without showing ${pattern}: ${screen()}`)));
      return promise;
    },
    type: (keys) => void child.stdin?.write(keys),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
