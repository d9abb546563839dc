import type { DisconnectPolicy } from '../domain/run.ts';
import type { Config } from './schema.ts';

/** The `runs` section with every default. Times in milliseconds, sizes in bytes. */
export interface RunSettings {
  /** How long an ended run is kept. */
  readonly keep: number;
  /** Most bytes of one run's events that are kept. */
  readonly maxBytes: number;
  /** Most bytes of all runs' events. */
  readonly memory: number;
  /** Most runs of one key that have not ended. */
  readonly perKey: number;
  /** The longest `graceMs` of a run. */
  readonly maxGrace: number;
  /** The policy of a run that names none. */
  readonly disconnect: DisconnectPolicy;
}

const MB = 1024 * 1024;

/** The settings of runs, with every default. */
export function runSettings({ runs }: Pick<Config, 'runs'>): RunSettings {
  return {
    keep: runs?.keep ?? 300_000,
    maxBytes: runs?.maxBytes ?? 32 * MB,
    memory: runs?.memory ?? 256 * MB,
    perKey: runs?.perKey ?? 100,
    maxGrace: runs?.maxGrace ?? 600_000,
    disconnect: runs?.disconnect ?? 'abort',
  };
}
