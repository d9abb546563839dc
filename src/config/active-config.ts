import type { Snapshot } from '../domain/chain.ts';
import type { ConfigurationStatus } from '../domain/configuration-status.ts';
import type { KeySource } from '../domain/principal.ts';
import type { Clock } from '../lib/clock.ts';
import { isSame } from './is-same.ts';
import type { ConfigResult } from './load.ts';
import type { ConfigProblem } from './problems.ts';
import type { Config } from './schema.ts';
import { toSnapshot } from './snapshot.ts';

/** The configuration that requests run on, and the outcome of reloads. */
export interface ActiveConfig {
  readonly config: Config;
  /** The one of the start. */
  readonly started: Config;
  readonly snapshot: Snapshot;
  readonly status: ConfigurationStatus;
  /** How many later configurations were activated and rejected. */
  readonly reloads: { readonly applied: number; readonly rejected: number };
  /**
   * Activates a configuration for all requests from now on, in one step. One that is invalid, or that has no key left where there was one, is
   * rejected: `status` holds its problems, and the present one stays active. Returns the problems; none when the configuration is active. A gateway
   * that started while a source could not be read, and then had no key, stays keyed whatever is activated: what a start checks of a gateway without
   * keys was not checked.
   */
  apply(result: ConfigResult): readonly ConfigProblem[];
  /** Decides again whether the gateway is keyless: a source has got its first key. One with keys never becomes keyless. */
  readKeys(): void;
}

/** Sections that need a restart: sockets, stores and exporters are opened, and metrics made, with them once. */
export const NEED_RESTART = ['server', 'state', 'store', 'metrics', 'traces'] as const;

/** A configuration with those sections as they were at the start, for a process that takes the place of another one. */
export function withStarted(config: Config, { server, state, store, metrics, traces }: Config): Config {
  return { ...config, server, state, store, metrics, traces };
}

/** A file that was cut, or a mistake in it, must not serve everyone. Only the start decides that a gateway has no keys. */
const NO_KEY_LEFT: ConfigProblem = Object.freeze({
  path: 'auth.keys',
  message:
    'no key is left, and a reload never opens a gateway that has keys; configure a key, or restart the gateway to serve without keys',
});

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
  let hadKeys = hasKeys();
  let status: ConfigurationStatus = { source, loadedAt: clock.now(), rejected: undefined, restart: [] };

  /** Whether a key is known. A source that was never read only may have some. */
  function hasKeys(): boolean {
    return snapshot.keys.length > 0 || keySources.some((each) => each.hasKeys && each.isLoaded !== false);
  }
  let reloads: ActiveConfig['reloads'] = { applied: 0, rejected: 0 };

  function reject(rejected: readonly ConfigProblem[]): readonly ConfigProblem[] {
    // A secret of the present configuration may be at a wrong place of the other one, which does not know it as a secret.
    const { redact } = snapshot;
    const shown = rejected.map(({ path, message }) => ({ path: redact(path), message: redact(message) }));
    const problems = shown.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    status = { ...status, rejected: { at: clock.now(), problems } };
    reloads = { ...reloads, rejected: reloads.rejected + 1 };
    return shown;
  }

  return {
    get config() {
      return config;
    },
    started: first,
    get snapshot() {
      return snapshot;
    },
    get status() {
      return status;
    },
    get reloads() {
      return reloads;
    },
    readKeys() {
      hadKeys ||= hasKeys();
      if (!snapshot.auth.keyless) return;
      const next = toSnapshot(config, keySources, secrets);
      if (!next.auth.keyless) snapshot = next;
    },
    apply(result) {
      if (!result.ok) return reject(result.problems);
      // Before anything is changed: if it throws, the present configuration stays active.
      const next = toSnapshot(result.config, keySources, secrets);
      const becomesKeyless = next.auth.keyless && !snapshot.auth.keyless;
      if (becomesKeyless && hadKeys) return reject([NO_KEY_LEFT]);
      snapshot = becomesKeyless ? keyed(next) : next;
      hadKeys ||= hasKeys();
      config = result.config;
      const restart = NEED_RESTART.filter((section) => !isSame(config[section], first[section]));
      status = { source, loadedAt: clock.now(), rejected: undefined, restart };
      reloads = { ...reloads, applied: reloads.applied + 1 };
      return [];
    },
  };
}

/** The same configuration, in which every request needs a key. */
function keyed(snapshot: Snapshot): Snapshot {
  return Object.freeze({ ...snapshot, auth: Object.freeze({ ...snapshot.auth, keyless: false }) });
}
