import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';

/** The cores in use: one for the measured server, another one for the load and the upstream. */
interface Cores {
  readonly server: number;
  readonly load: number;
  /** The cores that this process may use, as the system lists them. */
  readonly all: string;
}

const STATUS = '/proc/self/status';
const cores = findCores();

/** Pins this process, and every process that it starts from now on, to the core of the load. Does nothing where pinning is impossible. */
export function pinLoad(): void {
  if (cores === undefined) return;
  spawnSync('taskset', ['-a', '-c', '-p', String(cores.load), String(process.pid)], { stdio: 'ignore' });
}

/** The command that starts Node on the server's core, or on any core if nothing is pinned. */
export function nodeOnServerCore(flags: readonly string[]): readonly [string, ...string[]] {
  if (cores === undefined) return [process.execPath, ...flags];
  return ['taskset', '-c', String(cores.server), process.execPath, ...flags];
}

/** The command that runs Node on every core that this process could use before it was pinned. */
export function onAllCores(args: readonly string[]): readonly [string, ...string[]] {
  if (cores === undefined) return [process.execPath, ...args];
  return ['taskset', '-c', cores.all, process.execPath, ...args];
}

/** Facts about the machine, one per line. */
export function describeMachine(): string {
  const pinned =
    cores === undefined
      ? 'not pinned: the server, the load and the upstream share the cores'
      : `pinned: the server on core ${cores.server}, the load and the upstream on core ${cores.load}`;
  return [
    `node ${process.version}, ${type()} ${release()}`,
    `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    pinned,
  ].join('\n');
}

function findCores(): Cores | undefined {
  if (!existsSync(STATUS) || spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync(STATUS, 'utf8'))?.[1] ?? '';
  const allowed = list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  const [load, server] = [allowed[0], allowed.at(-1)];
  return load === undefined || server === undefined || load === server ? undefined : { server, load, all: list };
}
