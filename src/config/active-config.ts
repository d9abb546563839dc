import { isDeepStrictEqual } from 'node:util';
import type { Snapshot } from '../domain/chain.ts';
import type { ConfigurationStatus } from '../domain/configuration-status.ts';
import type { KeySource } from '../domain/principal.ts';
import type { Clock } from '../lib/clock.ts';
import type { ConfigResult } from './load.ts';
import type { Config } from './schema.ts';
import { toSnapshot } from './snapshot.ts';

/** The configuration that requests run on, and the outcome of reloads. */
export interface ActiveConfig {
  readonly config: Config;
  readonly snapshot: Snapshot;
  readonly status: ConfigurationStatus;
  /**
   * Activates a valid configuration for all requests from now on, in one step. Of an invalid one it only keeps the problems, in `status`.
   * Returns whether the configuration is active.
   */
  apply(result: ConfigResult): boolean;
}

/** Sections that need a restart: sockets and stores are opened with them once. */
const NEED_RESTART = ['server', 'store'] as const;

/** What all configurations of one gateway have in common. */
export interface ActiveConfigOptions {
  /** Where the configurations come from, for people: for example the path of a file. */
  readonly source: string;
  readonly clock: Clock;
  /** Keys of clients that are not part of the configuration. */
  readonly keySources: readonly KeySource[];
  /** Secrets beside those of the configuration, to be redacted too. */
  readonly secrets: readonly string[];
}

/** Activates a first configuration. */
export function createActiveConfig(first: Config, options: ActiveConfigOptions): ActiveConfig {
  const { source, clock, keySources, secrets } = options;
  let config = first;
  let snapshot = toSnapshot(first, keySources, secrets);
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
        // A secret of the present configuration may be at a wrong place of the other one, which does not know it as a secret.
        const { redact } = snapshot;
        const problems = result.problems.map(({ path, message }) =>
          redact(path === '' ? message : `${path}: ${message}`),
        );
        status = { ...status, rejected: { at: clock.now(), problems } };
        return false;
      }
      // Before anything is changed: if it throws, the present configuration stays active.
      snapshot = toSnapshot(result.config, keySources, secrets);
      config = result.config;
      const restart = NEED_RESTART.filter((section) => !isDeepStrictEqual(config[section], first[section]));
      status = { source, loadedAt: clock.now(), rejected: undefined, restart };
      return true;
    },
  };
}
