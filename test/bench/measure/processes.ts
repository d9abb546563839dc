import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Order, Seen } from '../servers/upstream.ts';
import type { Usage, UsageQuestion } from '../servers/usage.ts';
import { endingOf } from './ending.ts';
import { nodeOnServerCore } from './machine.ts';

/** A process that listens, and answers each message with a `Told`. Dispose kills it and resolves when it is gone. */
export interface Process<Message, Told> extends AsyncDisposable {
  /** Without a path. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** All that it has printed. */
  printed(): string;
  ask(message: Message): Promise<Told>;
}

/** A server under measure. */
export type Server = Process<UsageQuestion, Usage>;

export interface ProcessOptions {
  readonly args?: readonly string[];
  /** Of Node. */
  readonly flags?: readonly string[];
  /** Whether it runs on the server's core; else where this process runs. */
  readonly measured?: boolean;
  /** Texts by the names of the files that it finds in its folder. */
  readonly files?: Readonly<Record<string, string>>;
}

const LOOK_MS = 2;
const LATEST_MS = 20_000;

/**
 * Starts a file of `servers`; resolves once it has printed its address. What it prints goes into a file, as it does where it is run for
 * good. Rejects when it ends before it has said where it listens, or takes 20 seconds.
 */
export async function startProcess<Message extends string | object, Told>(
  name: string,
  { args = [], flags = [], measured = false, files = {} }: ProcessOptions = {},
): Promise<Process<Message, Told>> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-bench-'));
  for (const [own, text] of Object.entries(files)) writeFileSync(join(folder, own), text);
  const file = join(folder, 'output');
  const output = openSync(file, 'w');
  const [command, ...before] = measured ? nodeOnServerCore(flags) : [process.execPath, ...flags];
  const child = fork(join(import.meta.dirname, '..', 'servers', name), [...args], {
    cwd: folder,
    execPath: command,
    execArgv: before,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', output, 'inherit', 'ipc'],
  });
  closeSync(output);
  const stop = endingOf(child, folder);
  const url = await said(file, child).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid ?? 0,
    printed: () => readFileSync(file, 'utf8'),
    async ask(message) {
      const told = once(child, 'message');
      child.send(message);
      return ((await told) as [Told])[0];
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function said(file: string, child: { readonly exitCode: number | null }): Promise<string> {
  for (const latest = performance.now() + LATEST_MS; ; await wait(LOOK_MS)) {
    const url = /(?:listening|spillway) on (http:\/\/[^\s/]+)/.exec(readFileSync(file, 'utf8'))?.[1];
    if (url !== undefined) return url;
    if (child.exitCode !== null || performance.now() > latest)
      throw new Error(`It does not listen: ${readFileSync(file, 'utf8')}`);
  }
}

/** The upstream of the bench. */
export type Upstream = Process<Order, Seen>;

/** Starts the upstream. */
export function startUpstream(): Promise<Upstream> {
  return startProcess('upstream.ts');
}

/** Starts a yardstick over an upstream. */
export function startYardstick(file: 'fastify.ts' | 'pipe.ts', upstream: string): Promise<Server> {
  return startProcess(file, { args: [upstream], measured: true });
}
