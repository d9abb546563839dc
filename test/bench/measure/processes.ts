import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Order, Seen } from '../servers/upstream.ts';
import type { Usage, UsageQuery } from '../servers/usage.ts';
import { endingOf } from './ending.ts';
import { nodeOnServerCore } from './machine.ts';

/** A process that listens, and replies to each message. Dispose kills it and resolves when it has exited. */
export interface Process<Message, Reply> extends AsyncDisposable {
  /** Without a path. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Everything that it has printed. */
  printed(): string;
  /** Sends a message and resolves with the reply. One at a time. */
  query(message: Message): Promise<Reply>;
}

/** A measured server. */
export type Server = Process<UsageQuery, Usage>;

/** Options of a process. */
export interface ProcessOptions {
  readonly args?: readonly string[];
  /** Flags of Node. */
  readonly flags?: readonly string[];
  /** Whether it runs on the server's core; otherwise on that of this process. */
  readonly measured?: boolean;
  /** Contents of the files in its folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

const POLL_MS = 2;
const LATEST_MS = 20_000;

/**
 * Starts a file of `servers`, or one with an absolute path; resolves once it has printed its address. Its output goes into a file, as in production. Rejects when it exits
 * before it has printed its address, or does not print it within 20 seconds.
 */
export async function startProcess<Message extends string | object, Reply>(
  name: string,
  { args = [], flags = [], measured = false, files = {} }: ProcessOptions = {},
): Promise<Process<Message, Reply>> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-bench-'));
  for (const [own, text] of Object.entries(files)) writeFileSync(join(folder, own), text);
  const file = join(folder, 'output');
  const output = openSync(file, 'w');
  const [command, ...before] = measured ? nodeOnServerCore(flags) : [process.execPath, ...flags];
  const child = fork(resolve(import.meta.dirname, '..', 'servers', name), [...args], {
    cwd: folder,
    execPath: command,
    execArgv: before,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', output, 'inherit', 'ipc'],
  });
  closeSync(output);
  const stop = endingOf(child, folder);
  const url = await addressIn(file, child).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid ?? 0,
    printed: () => readFileSync(file, 'utf8'),
    async query(message) {
      const reply = once(child, 'message');
      child.send(message);
      return ((await reply) as [Reply])[0];
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function addressIn(file: string, child: { readonly exitCode: number | null }): Promise<string> {
  for (const latest = performance.now() + LATEST_MS; ; await wait(POLL_MS)) {
    const url = /(?:listening|spillway) on (http:\/\/[^\s/]+)/.exec(readFileSync(file, 'utf8'))?.[1];
    if (url !== undefined) return url;
    if (child.exitCode !== null || performance.now() > latest)
      throw new Error(`The process does not listen: ${readFileSync(file, 'utf8')}`);
  }
}

/** The upstream of the benchmark. */
export type Upstream = Process<Order, Seen>;

/** Starts the upstream. */
export function startUpstream(): Promise<Upstream> {
  return startProcess('upstream.ts');
}

/** Starts a baseline over an upstream. */
export function startBaseline(file: 'fastify.ts' | 'pipe.ts', upstream: string): Promise<Server> {
  return startProcess(file, { args: [upstream], measured: true });
}
