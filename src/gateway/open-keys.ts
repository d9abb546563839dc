import { type KeyReplica, openKeyReplica } from '../auth/key-replica.ts';
import { type AuthSettings, authSettings } from '../config/auth-settings.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../lib/clock.ts';
import type { Store } from '../store/store.ts';
import { background } from '../lib/background.ts';
import type { Revocation } from './revocation.ts';

/** The store's keys in a gateway. */
export interface OpenedKeys {
  readonly replica: KeyReplica;
  /** From now on a changed key counts at once: for what runs under it, and for whether the gateway is keyless. */
  follow(active: Pick<ActiveConfig, 'config' | 'readKeys'>, revocation: Pick<Revocation, 'check'>): void;
}

/** What the keys are opened with. */
export interface OpenKeysOptions {
  readonly store: Pick<Store, 'directory' | 'persistent'>;
  readonly config: Config;
  readonly clock: Clock;
  readonly onProblem: (message: string) => void;
}

/** Loads the keys of a store, and follows them. Rejects with a StoreError where that fails for good. */
export async function openKeys({
  store: { directory, persistent },
  config,
  clock,
  onProblem,
}: OpenKeysOptions): Promise<OpenedKeys> {
  // No other process changes what is in memory, so that nothing of it is ever stale.
  const settingsOf = (each: Config): AuthSettings =>
    persistent ? authSettings(each) : { ...authSettings(each), maxStale: Infinity };
  let settings = (): AuthSettings => settingsOf(config);
  let followed: (() => void) | undefined;
  const replica = await openKeyReplica({
    directory,
    clock: background(clock),
    settings: () => settings(),
    onChange: () => followed?.(),
    onProblem,
  });
  return {
    replica,
    follow(active, revocation) {
      settings = () => settingsOf(active.config);
      followed = () => {
        active.readKeys();
        revocation.check();
      };
      followed();
    },
  };
}
