import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservePort } from './listen.ts';

/** The server's program, from Debian's package or PATH; undefined where it is not installed. */
export const REDIS = ['/usr/bin', ...(process.env['PATH'] ?? '').split(':')]
  .map((folder) => join(folder, 'redis-server'))
  .find((file) => existsSync(file));

/** A server of Redis on loopback that writes nothing to a disk. Dispose stops it and removes its folder. */
export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  /** Starts it again, empty, after `kill`. */
  readonly start: () => Promise<void>;
  /** Ends it as a crash would. */
  readonly kill: () => Promise<void>;
  /** Stops the process, which then answers nothing, or lets it go on. */
  readonly signal: (signal: 'SIGSTOP' | 'SIGCONT') => void;
}

/** Starts a server on a free port. */
export async function startRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-redis-'));
  const port = await reservePort();
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const settings = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no' };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const started = spawn(REDIS ?? 'redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: folder });
    child = started;
    let output = '';
    for await (const piece of started.stdout.iterator({ destroyOnReturn: false })) {
      output += String(piece);
      if (!output.includes('Ready to accept connections')) continue;
      started.stdout.resume();
      return;
    }
    throw new Error(`redis-server did not start: ${output}`);
  }

  async function kill(): Promise<void> {
    const running = child;
    child = undefined;
    if (running === undefined) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    signal: (signal) => void child?.kill(signal),
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
