import { isDeepStrictEqual } from 'node:util';
import type { Snapshot } from '../domain/chain.ts';
import type { ConfigurationStatus } from '../domain/configuration-status.ts';
import type { Clock } from '../lib/clock.ts';
import type { ConfigResult } from './load.ts';
import type { Config } from './schema.ts';
import { toSnapshot } from './snapshot.ts';

/** The configuration that is served now, and what became of newer ones. */
export interface Served {
  readonly config: Config;
  readonly snapshot: Snapshot;
  readonly status: ConfigurationStatus;
  /** Serves a good one from now on, whole and at once; of a bad one only its problems are kept. True when it is served. */
  apply(result: ConfigResult): boolean;
}

/** Sections that sockets, or stores that are open already, stand on. */
const AT_START = ['server', 'store'] as const;

/** Begins with a configuration; `source` says in a few words where it and those after it are from. */
export function createServed(first: Config, source: string, clock: Clock): Served {
  let config = first;
  let snapshot = toSnapshot(first);
  let status: ConfigurationStatus = { source, loadedAt: clock.now(), rejected: undefined, restart: [] };
  return {
    get config() {
      return config;
    },
    get snapshot() {
      return snapshot;
    },
    get status() {
      return status;
    },
    apply(result) {
      if (!result.ok) {
        const problems = result.problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
        status = { ...status, rejected: { at: clock.now(), problems } };
        return false;
      }
      // Made before anything is changed: should it fail, the present one stands.
      snapshot = toSnapshot(result.config);
      config = result.config;
      const restart = AT_START.filter((section) => !isDeepStrictEqual(config[section], first[section]));
      status = { source, loadedAt: clock.now(), rejected: undefined, restart };
      return true;
    },
  };
}
