import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { reservePort } from './listen.ts';

/** The folder of PostgreSQL's programs, from Debian's packages or PATH; undefined where it is not installed. */
export const POSTGRES = [
  ...globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed(),
  ...(process.env['PATH'] ?? '').split(':'),
].find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))));

const ROLE = 'spillway';
const PASSWORD = 'not-to-be-printed';
/** The server refuses to run as root, so it then runs as `nobody`. */
const NOBODY = 65_534;
const OWNER = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** A server of one test file, with a password that no message may contain. Dispose stops it and removes its files. */
export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  /** Makes a cluster of databases and starts its server. */
  static async start(): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-postgres-'));
    if (OWNER.uid !== undefined) chownSync(folder, OWNER.uid, OWNER.gid);
    const password = join(folder, 'password');
    writeFileSync(password, PASSWORD);
    const access = ['-U', ROLE, '-A', 'scram-sha-256', `--pwfile=${password}`];
    const initdb = spawn(
      join(POSTGRES ?? '', 'initdb'),
      ['-D', join(folder, 'data'), ...access, '--no-sync', '-E', 'UTF8'],
      { ...OWNER, stdio: ['ignore', 'ignore', 'inherit'], cwd: folder, env: { PATH: process.env['PATH'] } },
    );
    const [code] = await once(initdb, 'exit');
    if (code !== 0) throw new Error(`initdb failed with code ${code}`);
    const server = new PostgresServer(folder, await reservePort());
    await server.start();
    return server;
  }

  /** Starts the server, and waits until it takes connections. */
  async start(): Promise<void> {
    const settings = ['fsync=off', 'listen_addresses=127.0.0.1', `unix_socket_directories=${this.#folder}`];
    const child = spawn(
      join(POSTGRES ?? '', 'postgres'),
      ['-D', join(this.#folder, 'data'), '-p', String(this.port), ...settings.flatMap((each) => ['-c', each])],
      { ...OWNER, stdio: ['ignore', 'ignore', 'pipe'], env: { LC_ALL: 'C' }, cwd: this.#folder },
    );
    this.#process = child;
    let output = '';
    for await (const piece of child.stderr.iterator({ destroyOnReturn: false })) {
      output += String(piece);
      if (output.includes('ready to accept connections')) {
        child.stderr.resume();
        return;
      }
    }
    throw new Error(`postgres did not start: ${output}`);
  }

  /** Ends the server as a crash would: `pg_ctl stop -m immediate`. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    const ended = once(child, 'exit');
    child.kill('SIGQUIT');
    await ended;
  }

  /** Stops the server's processes, which then answer nothing, or lets them go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('The server does not run.');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    for (const each of [pid, ...children]) process.kill(each, signal);
  }

  /** Runs statements in a database, as an operator would with `psql`. */
  async query(database: string, text: string): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(text);
      return rows;
    } finally {
      await client.end();
    }
  }

  /** Makes an empty database and returns its name. */
  async createDatabase(): Promise<string> {
    const name = `test_${randomBytes(6).toString('hex')}`;
    await this.query('postgres', `create database ${name}`);
    return name;
  }

  url(database: string, password = PASSWORD): `postgres://${string}` {
    return `postgres://${ROLE}:${password}@127.0.0.1:${this.port}/${database}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
