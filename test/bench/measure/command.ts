import { spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ConfigInput } from '../../../src/config/schema.ts';
import { endingOf } from './ending.ts';
import { onAllCores } from './machine.ts';
import { NODE_FLAGS } from './node-flags.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const BUILT = join(ROOT, 'dist', 'cli', 'main.js');
const POLL_MS = 1;
const LATEST_MS = 20_000;

/** How the command can be run: from its sources, as `npm start` does, and from the build, as it is installed. */
type How = 'checkout' | 'build';

const BIN = join('src', 'cli', 'spillway.cjs');

/** Node's arguments for the command, started in a folder. In a folder without sources the command uses the build beside it. */
export function argumentsOf(how: How, folder: string): readonly string[] {
  if (how === 'checkout') return [...NODE_FLAGS, join(ROOT, BIN)];
  const bin = join(folder, BIN);
  mkdirSync(dirname(bin), { recursive: true });
  copyFileSync(join(ROOT, BIN), bin);
  symlinkSync(join(ROOT, 'dist'), join(folder, 'dist'), 'junction');
  return [bin];
}

/** Whether there is a build, and whether the sources have changed since. */
export function stateOfBuild(): 'missing' | 'older than the sources' | 'new' {
  if (!existsSync(BUILT)) return 'missing';
  const source = join(ROOT, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).map((file) => join(source, file));
  const newest = Math.max(...files.filter((file) => file.endsWith('.ts')).map((file) => statSync(file).mtimeMs));
  return statSync(BUILT).mtimeMs < newest ? 'older than the sources' : 'new';
}

/** A command that listens. Dispose kills it. */
export interface Command extends AsyncDisposable {
  readonly port: number;
  /** Its resident memory in bytes; NaN where the system has no `/proc`. */
  rss(): number;
  /** CPU time of it and of the processes that it has started, in microseconds; NaN where the system has no `/proc`. */
  cpu(): number;
  /** Everything that it has printed. */
  printed(): string;
}

/** Starts the command `serve`, alone and on all cores unless given otherwise. Rejects when it does not print its address within 20 seconds. */
export async function startCommand(how: How, config: ConfigInput, on = onAllCores): Promise<Command> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-bench-'));
  const file = join(folder, 'output');
  writeFileSync(join(folder, 'spillway.yaml'), JSON.stringify(config));
  const output = openSync(file, 'w');
  const [command, ...args] = on([...argumentsOf(how, folder), 'serve', '--config', 'spillway.yaml', '--port', '0']);
  const child = spawn(command, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', output, 'inherit'],
  });
  closeSync(output);
  const stop = endingOf(child, folder);
  for (const latest = performance.now() + LATEST_MS; ; await wait(POLL_MS)) {
    const port = /spillway on http:\/\/[^\s/]+:(\d+)/.exec(readFileSync(file, 'utf8'))?.[1];
    if (port !== undefined)
      return {
        port: Number(port),
        rss: () => rssOf(child.pid),
        cpu: () => cpuOf(child.pid ?? 0),
        printed: () => readFileSync(file, 'utf8'),
        [Symbol.asyncDispose]: stop,
      };
    if (child.exitCode === null && performance.now() < latest) continue;
    await stop();
    throw new Error('The command does not listen.');
  }
}

/** Of all threads, from the scheduler's own counts in nanoseconds. */
function cpuOf(pid: number): number {
  const threads = `/proc/${pid}/task`;
  if (!existsSync(threads)) return Number.NaN;
  const children = readFileSync(`${threads}/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  const own = readdirSync(threads).map((id) =>
    Number(readFileSync(`${threads}/${id}/schedstat`, 'utf8').split(' ')[0]),
  );
  return own.reduce((sum, ns) => sum + ns / 1000, 0) + children.reduce((sum, id) => sum + cpuOf(Number(id)), 0);
}

function rssOf(pid: number | undefined): number {
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) return Number.NaN;
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1]) * 1024;
}
