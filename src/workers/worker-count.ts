import { availableParallelism } from 'node:os';

/** Memory for each worker, in bytes. */
const BYTES_EACH = 512 * 1024 * 1024;

/** What a machine has. */
export interface Machine {
  /** Processors that the process may use. */
  readonly processors: number;
  /** Memory that the process may use, in bytes; Infinity where nothing bounds it. */
  readonly memory: number;
}

/** The number of workers of a setting. `auto`: one for each processor, and at most one for each 512 MB of the memory that the process may use. */
export function workerCount(setting: number | 'auto', machine: Machine = thisMachine()): number {
  if (setting !== 'auto') return setting;
  return Math.max(1, Math.min(machine.processors, Math.floor(machine.memory / BYTES_EACH)));
}

function thisMachine(): Machine {
  // 0 where the system does not say.
  return { processors: availableParallelism(), memory: process.constrainedMemory() || Infinity };
}
