import cluster, { type Worker } from 'node:cluster';
import type { LinkMessage, Port } from './link.ts';

/** The variable that tells a process which worker it is. */
export const WORKER_VARIABLE = 'SPILLWAY_WORKER';

/** The process of a worker. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  readonly port: Port;
  /** Resolves when it has ended, with how: `exit code 1`, or the name of a signal. */
  readonly ended: Promise<string>;
  /** Ends it at once. */
  readonly kill: () => void;
}

/** Whether this process may start workers: not where it is itself a worker of another program. */
export function canFork(): boolean {
  return cluster.isPrimary;
}

/**
 * Starts this program once more, with the same arguments, as the worker of that number. Connections to an address that workers listen on are accepted by this
 * process, and handed to them in turns.
 */
export function forkWorker(number: number): WorkerProcess {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  // The other serialization is JSON's, which loses bytes and big integers.
  cluster.setupPrimary({ serialization: 'advanced' });
  const worker = cluster.fork({ [WORKER_VARIABLE]: String(number) });
  const { promise, resolve } = Promise.withResolvers<string>();
  worker.on('exit', (code: number, signal: string | null) => resolve(signal ?? `exit code ${code}`));
  // Where a process cannot be started.
  worker.on('error', (error: Error) => resolve(error.message));
  return {
    pid: worker.process.pid,
    port: portOf(worker),
    ended: promise,
    kill: () => void worker.process.kill('SIGKILL'),
  };
}

function portOf(worker: Worker): Port {
  return {
    post(message) {
      // A worker that is ending closes the channel first, and what is sent until then is lost.
      if (worker.isConnected()) worker.process.send(message, undefined, undefined, ignored);
    },
    onMessage: (listener) => void worker.on('message', (message: LinkMessage<never, never>) => listener(message)),
    onClose: (listener) => void worker.once('disconnect', listener),
  };
}

/** The channel of a worker to the process that has started it. */
export interface PrimaryPort extends Port {
  /** The worker's number. */
  readonly number: number;
}

/** Returns the channel to the primary process; undefined where this process is no worker. */
export function primaryPort(): PrimaryPort | undefined {
  const text = process.env[WORKER_VARIABLE];
  const { worker } = cluster;
  if (text === undefined || worker === undefined) return undefined;
  // Programs that this process starts are no workers.
  delete process.env[WORKER_VARIABLE];
  // Otherwise Node ends the process with the channel, and with it all running requests.
  worker.once('disconnect', () => (worker.exitedAfterDisconnect = true));
  return { number: Number(text), ...portOf(worker) };
}

function ignored(): void {}
