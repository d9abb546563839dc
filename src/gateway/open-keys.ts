import { type KeyReplica, openKeyReplica } from '../auth/key-replica.ts';
import { type AuthSettings, authSettings } from '../config/auth-settings.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../lib/clock.ts';
import type { StoredDirectory } from '../store/store.ts';
import type { Revocation } from './revocation.ts';

/** The store's keys in a gateway. */
export interface OpenedKeys {
  readonly replica: KeyReplica;
  /** From now on a changed key counts at once: for what runs under it, and for whether the gateway is keyless. */
  follow(active: Pick<ActiveConfig, 'config' | 'readKeys'>, revocation: Pick<Revocation, 'check'>): void;
}

function ignoreChange(): void {}

/** What the keys are opened with. */
export interface OpenKeysOptions {
  readonly directory: StoredDirectory;
  readonly config: Config;
  readonly clock: Clock;
  readonly onProblem: (message: string) => void;
}

/** Loads the keys of a store, and follows them. Rejects with a StoreError that does not pass. */
export async function openKeys({ directory, config, clock, onProblem }: OpenKeysOptions): Promise<OpenedKeys> {
  let settings = (): AuthSettings => authSettings(config);
  let onChange = ignoreChange;
  const replica = await openKeyReplica({
    directory,
    clock,
    settings: () => settings(),
    onChange: () => onChange(),
    onProblem,
  });
  return {
    replica,
    follow(active, revocation) {
      settings = () => authSettings(active.config);
      onChange = () => {
        active.readKeys();
        revocation.check();
      };
      onChange();
    },
  };
}
