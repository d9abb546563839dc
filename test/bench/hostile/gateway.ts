import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConfigInput } from '../../../src/config/schema.ts';
import { argumentsOf } from '../measure/command.ts';
import { endingOf } from '../measure/ending.ts';
import { NODE_FLAGS } from '../measure/node-flags.ts';
import { until } from '../measure/until.ts';
import type { Usage, UsageQuery } from './probe.ts';

/** The heap of the attacked gateway, in MB. */
export const HEAP_MB = 256;

const START_MS = 20_000;
const QUERY_MS = 30_000;
const EXIT_MS = 5000;
const PROBE = pathToFileURL(join(import.meta.dirname, 'probe.ts')).href;
const FILE = 'spillway.yaml';

/** The built command in a process of its own, with a heap of 256 MB. Dispose kills it. */
export interface HostileGateway extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
  /** How the process ended; undefined while it runs. */
  ended(): string | undefined;
  /** Asks the probe. Undefined when the process has ended, or does not answer within 30 seconds. One at a time. */
  query(query: UsageQuery): Promise<Usage | undefined>;
  /** Everything that it has printed. Empty where its output is an unread pipe. */
  log(): string;
  /** Writes another configuration and sends SIGHUP; resolves with the log lines of the next five seconds at most, until one is about it. */
  reload(text: string): Promise<string>;
  /** Number of its open files; undefined where the system has no `/proc`. */
  openFiles(): number | undefined;
}

/** Options of an attacked gateway. */
export interface GatewayOptions {
  readonly config: ConfigInput;
  /** `pipe` is a pipe whose reader stops once the address is printed. A file otherwise. */
  readonly output?: 'pipe';
  /** The most files that it may open. */
  readonly files?: number;
}

/** The heap limit that V8 reports to the command, in bytes. */
export function heapLimitBytes(): number {
  const script = 'process.stdout.write(String(require("node:v8").getHeapStatistics().heap_size_limit))';
  return Number(
    execFileSync(process.execPath, [`--max-old-space-size=${HEAP_MB}`, '-e', script], { encoding: 'utf8' }),
  );
}

/** Starts the command. Rejects when it does not print its address within 20 seconds. */
export async function startHostile({ config, output, files }: GatewayOptions): Promise<HostileGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-hostile-'));
  // JSON is YAML.
  writeFileSync(join(folder, FILE), JSON.stringify(config));
  const flags = [...NODE_FLAGS, `--max-old-space-size=${HEAP_MB}`, '--expose-gc', '--import', PROBE];
  const serve = ['serve', '--config', FILE, '--port', '0', '--log-level', 'info'];
  const args = [...flags, ...argumentsOf('build', folder), ...serve];
  const printed = join(folder, 'output');
  const file = openSync(printed, 'w');
  const limited = files === undefined ? [] : ['sh', '-c', `ulimit -n ${files}; exec "$@"`, 'sh'];
  const [command = '', ...rest] = [...limited, process.execPath, ...args];
  const child = spawn(command, rest, {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', output ?? file, file, 'ipc'],
  });
  closeSync(file);
  const stop = endingOf(child, folder);
  let ended: string | undefined;
  child.once('exit', (code, signal) => (ended = signal ?? `exit code ${code}`));
  child.on('error', () => undefined);
  const log = (): string => (existsSync(printed) ? readFileSync(printed, 'utf8') : '');
  let piped = '';
  child.stdout?.on('data', (piece: Buffer) => {
    piped += piece.toString();
    if (addressIn(piped) !== undefined) child.stdout?.pause();
  });
  const address = (): string | undefined => addressIn(output === undefined ? log() : piped);
  await until(() => address() !== undefined || ended !== undefined, START_MS);
  const url = address();
  if (url === undefined) {
    const text = log();
    await stop();
    throw new Error(`The gateway does not listen: ${text}`);
  }
  return {
    url,
    child,
    log,
    ended: () => ended,
    async query(query) {
      if (ended !== undefined || !child.connected) return undefined;
      const end = new AbortController();
      const signal = AbortSignal.any([end.signal, AbortSignal.timeout(QUERY_MS)]);
      const onExit = (): void => end.abort();
      child.once('exit', onExit);
      try {
        const reply = once(child, 'message', { signal });
        child.send(query, (error) => error !== null && onExit());
        return ((await reply) as [Usage])[0];
      } catch {
        // Its end is known a little later than that of its channel.
        await until(() => ended !== undefined || child.connected, EXIT_MS);
        return undefined;
      } finally {
        child.off('exit', onExit);
      }
    },
    async reload(text) {
      const before = log().length;
      writeFileSync(join(folder, `${FILE}.new`), text);
      renameSync(join(folder, `${FILE}.new`), join(folder, FILE));
      child.kill('SIGHUP');
      await until(() => /configuration/i.test(log().slice(before)), 5000);
      return log().slice(before);
    },
    openFiles() {
      const list = `/proc/${child.pid}/fd`;
      return existsSync(list) ? readdirSync(list).length : undefined;
    },
    [Symbol.asyncDispose]: stop,
  };
}

function addressIn(text: string): string | undefined {
  return /spillway on (http:\/\/[^\s"/]+)/.exec(text)?.[1];
}
