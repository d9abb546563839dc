import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BIN, ENVIRONMENT } from '../helpers/cli.ts';
import { listenOnLoopback, reservePort } from '../helpers/listen.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'spillway-log-reader-'));
const DRAIN_DELAY_MS = 50;
const DRAIN_TIMEOUT_MS = 200;
/** An end within the drain and two seconds, whatever reads the log. */
const LATEST_END_MS = DRAIN_DELAY_MS + DRAIN_TIMEOUT_MS + 2000;
/** So many requests fill a pipe several times. */
const REQUESTS = 700;

/** A pipe of the operating system, with 64 KB. Node's own pipes between processes are sockets. */
interface Pipe extends Disposable {
  /** The writing end, for a child process. */
  readonly writer: number;
  /** What waits in it; an empty text if nothing does. */
  readonly read: () => string;
  /** Closes the reading end. */
  readonly stopReading: () => void;
}

let pipes = 0;
function openPipe(): Pipe {
  const path = join(FOLDER, `pipe-${++pipes}`);
  expect(spawnSync('mkfifo', [path]).status).toBe(0);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, 'w');
  const bytes = Buffer.alloc(1024 * 1024);
  let open = true;
  function stopReading(): void {
    if (open) closeSync(reader);
    open = false;
  }
  return {
    writer,
    stopReading,
    read() {
      try {
        return bytes.toString('utf8', 0, readSync(reader, bytes));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
        throw error;
      }
    },
    [Symbol.dispose]: stopReading,
  };
}

interface Running extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly url: string;
  /** Exit code, or signal, and the milliseconds from `signal` on. */
  readonly end: (
    signal: 'SIGTERM' | 'SIGINT',
  ) => Promise<{ readonly code: number | string | null; readonly ms: number }>;
}

interface Start {
  readonly err?: number | 'ignore';
  readonly drainDelay?: number;
  readonly environment?: Record<string, string>;
}

/** Starts a gateway with these descriptors as standard output and error, and resolves when it serves. */
async function start(
  out: number,
  { err = 'ignore', drainDelay = DRAIN_DELAY_MS, environment = {} }: Start = {},
): Promise<Running> {
  const port = await reservePort();
  const file = join(FOLDER, `${port}.yaml`);
  writeFileSync(
    file,
    `server: { drainDelay: ${drainDelay}ms, drainTimeout: ${DRAIN_TIMEOUT_MS}ms }\nproviders: { a: { baseUrl: "http://127.0.0.1:1/v1" } }\nchains: { default: { entries: [a/m] } }\n`,
  );
  const child = spawn(process.execPath, [BIN, '--config', file, '--port', String(port)], {
    cwd: FOLDER,
    env: { ...ENVIRONMENT, ...environment },
    stdio: ['ignore', out, err],
  });
  closeSync(out);
  const url = `http://127.0.0.1:${port}`;
  const exit = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string | null);
  await expect
    .poll(
      () =>
        fetch(`${url}/livez`)
          .then(({ status }) => status)
          .catch(() => 0),
      { timeout: 20_000 },
    )
    .toBe(200);
  return {
    child,
    url,
    async end(signal) {
      const began = performance.now();
      child.kill(signal);
      const code = await exit;
      return { code, ms: performance.now() - began };
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** Sends requests, each of which writes a line. */
async function request({ url }: Running, count = REQUESTS): Promise<void> {
  for (let n = 0; n < count; n++) await (await fetch(`${url}/nothing/${n}`)).text();
}

/** Reads a pipe until a text was in it. */
async function readUntil(pipe: Pipe, pattern: RegExp): Promise<string> {
  let text = '';
  await expect
    .poll(
      () => {
        for (let piece = pipe.read(); piece !== ''; piece = pipe.read()) text += piece;
        return pattern.test(text);
      },
      { timeout: 20_000 },
    )
    .toBe(true);
  return text;
}

const requested = (text: string): string[] => [...text.matchAll(/"path":"\/nothing\/(\d+)"/g)].map(([, n]) => n ?? '');
const ALL = Array.from({ length: REQUESTS }, (_, n) => String(n));

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends a gateway whose log nothing reads, within its drain and two seconds',
  async (signal) => {
    using out = openPipe();
    await using gateway = await start(out.writer);
    await request(gateway);
    const { code, ms } = await gateway.end(signal);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(LATEST_END_MS);
  },
);

/** A module that writes more warnings than a pipe holds, by Node as the gateway does, on SIGUSR2. */
const WARNS = join(FOLDER, 'warns.mjs');
writeFileSync(
  WARNS,
  "process.on('SIGUSR2', () => { for (let n = 0; n < 2000; n++) process.emitWarning('w'.repeat(100) + n); });",
);

test('neither does a full pipe of standard error delay the end, or a request', async () => {
  using out = openPipe();
  using err = openPipe();
  await using gateway = await start(out.writer, {
    err: err.writer,
    environment: { NODE_OPTIONS: `--import ${WARNS}` },
  });
  closeSync(err.writer);
  await request(gateway);
  gateway.child.kill('SIGUSR2');
  await request(gateway, 10);
  const { code, ms } = await gateway.end('SIGTERM');
  expect(code).toBe(0);
  expect(ms).toBeLessThan(LATEST_END_MS);
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('a second %s ends a gateway at once whose log nothing reads', async (signal, exitCode) => {
  using out = openPipe();
  await using gateway = await start(out.writer, { drainDelay: 60_000 });
  await request(gateway);
  gateway.child.kill('SIGTERM');
  await expect.poll(async () => (await fetch(`${gateway.url}/readyz`)).status).toBe(503);
  const { code, ms } = await gateway.end(signal);
  expect(code).toBe(exitCode);
  expect(ms).toBeLessThan(1000);
});

test('a gateway whose log’s reader has closed the pipe goes on serving, and ends in time', async () => {
  using out = openPipe();
  await using gateway = await start(out.writer);
  out.stopReading();
  await request(gateway, 100);
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  const { code, ms } = await gateway.end('SIGTERM');
  expect(code).toBe(0);
  expect(ms).toBeLessThan(LATEST_END_MS);
});

test('a pipe that is closed before the first line does not end it either', async () => {
  using out = openPipe();
  out.stopReading();
  await using gateway = await start(out.writer);
  await request(gateway, 10);
  expect((await gateway.end('SIGTERM')).code).toBe(0);
});

test('the log is complete when its reader reads late, and when it reads only after the signal', async () => {
  using out = openPipe();
  await using gateway = await start(out.writer);
  await request(gateway);
  expect(requested(await readUntil(out, /\/nothing\/699"/))).toEqual(ALL);
  await request(gateway);
  const ended = gateway.end('SIGTERM');
  const text = await readUntil(out, /"shutting down"/);
  expect(requested(text)).toEqual(ALL);
  expect(text).not.toContain('log_lines_dropped');
  expect((await ended).code).toBe(0);
});

test('nor does a closed pipe of standard error, to which the loss of lines is reported', async () => {
  using out = openPipe();
  using err = openPipe();
  err.stopReading();
  await using gateway = await start(out.writer, { err: err.writer });
  closeSync(err.writer);
  await request(gateway);
  const { code, ms } = await gateway.end('SIGTERM');
  expect(code).toBe(0);
  expect(ms).toBeLessThan(LATEST_END_MS);
});

test('a start that fails ends too, when nothing reads its warnings', async () => {
  using out = openPipe();
  writeSync(out.writer, 'x'.repeat(64 * 1024));
  await using taken = createServer();
  const port = await listenOnLoopback(taken);
  const file = join(FOLDER, 'warned.yaml');
  writeFileSync(
    file,
    'providers: { a: { baseUrl: "http://127.0.0.1:1/v1/chat/completions" } }\nchains: { default: { entries: [a/m] } }\n',
  );
  const child = spawn(process.execPath, [BIN, '--config', file, '--port', String(port)], {
    cwd: FOLDER,
    env: ENVIRONMENT,
    stdio: ['ignore', out.writer, 'ignore'],
  });
  closeSync(out.writer);
  // Killed by the test's end at the latest.
  using killer = new DisposableStack();
  killer.defer(() => void child.kill('SIGKILL'));
  expect(await once(child, 'exit')).toEqual([1, null]);
});
