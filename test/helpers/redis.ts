import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisAddress, redisTarget } from '../../src/config/redis-address.ts';
import { connectRedis, type RedisClient } from '../../src/redis/connect.ts';
import { reservePort } from './listen.ts';

/** A program that serves Redis's protocol. */
export type RedisProgram = 'redis-server' | 'valkey-server';

/** Path of a program on PATH; undefined where it is not installed. */
function pathOf(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Path of Redis, from Debian's package; undefined where it is not installed. */
export const REDIS = pathOf('redis-server');

/**
 * The programs that tests run against. Valkey is one where it is on PATH. Where it is absent nothing is skipped, because Debian's stable release does not package it
 * and CI fails when a test is skipped.
 */
export const REDIS_PROGRAMS: readonly RedisProgram[] =
  pathOf('valkey-server') === undefined ? ['redis-server'] : ['redis-server', 'valkey-server'];

/** The title of tests that need Redis, or why they are skipped. */
export function redisTitle(title: string): string {
  return REDIS === undefined ? 'skipped: redis-server not found' : title;
}

/** How a server is started. */
export interface RedisServerOptions {
  readonly program?: RedisProgram;
  /** Directives of redis.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Runs it as a Sentinel, which needs settings. */
  readonly sentinel?: boolean;
}

/** A server of one test file on a free port of loopback. Dispose kills it and removes its files. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #options: RedisServerOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'spillway-redis-'));
  #process: ChildProcess | undefined;

  private constructor(options: RedisServerOptions, port: number) {
    this.#options = options;
    this.port = port;
  }

  /** Starts a server, and waits until it takes connections. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(options, await reservePort());
    await server.start();
    return server;
  }

  /** Starts the server again, which is empty then, and waits until it takes connections. */
  async start(): Promise<void> {
    const { program = 'redis-server', settings = {}, sentinel = false } = this.#options;
    const file = join(this.#folder, 'redis.conf');
    const all = { port: String(this.port), bind: '127.0.0.1', dir: this.#folder, 'protected-mode': 'no', ...settings };
    const lines = Object.entries(sentinel ? all : { save: '""', ...all }).map(([name, value]) => `${name} ${value}\n`);
    writeFileSync(file, lines.join(''));
    const path = pathOf(program) ?? program;
    const child = spawn(path, sentinel ? [file, '--sentinel'] : [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = child;
    let output = '';
    for await (const piece of child.stdout.iterator({ destroyOnReturn: false })) {
      output += String(piece);
      if (!/Ready to accept connections|Sentinel ID is/.test(output)) continue;
      child.stdout.resume();
      return;
    }
    throw new Error(`${program} did not start: ${output}`);
  }

  /** Kills the server. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Stops the server, which then answers nothing, or lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(signal);
  }

  /** `login`: `USER:PASSWORD` or `:PASSWORD`. */
  url(login?: string): string {
    return `redis://${login === undefined ? '' : `${login}@`}127.0.0.1:${this.port}`;
  }

  address(login?: string): RedisAddress {
    return { kind: 'server', ...redisTarget(this.url(login)) };
  }

  /** Runs commands as an operator would with `redis-cli`, each a list of the command and its arguments. Resolves with their replies. */
  async run(...commands: readonly (readonly [string, ...string[]])[]): Promise<readonly unknown[]> {
    await using connection = await connectRedis(
      this.address(this.#options.settings?.['requirepass'] && `:${this.#options.settings['requirepass']}`),
      {
        name: 'test',
      },
    );
    const problem = await connection.opened;
    if (problem !== undefined) throw problem;
    const replies: unknown[] = [];
    for (const [command, ...args] of commands) replies.push(await call(connection.client, command, args));
    return replies;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function call(client: RedisClient, command: string, args: readonly string[]): Promise<unknown> {
  return client.call(command, ...args);
}
