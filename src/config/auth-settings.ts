import type { Config } from './schema.ts';

/** The `auth` section's settings of keys in the store, with every default. Times in milliseconds. */
export interface AuthSettings {
  /** How often changes of other processes are read. */
  readonly sync: number;
  /** How long keys are served that cannot be read again. */
  readonly maxStale: number;
}

/** The settings of keys in the store, with every default. */
export function authSettings({ auth }: Pick<Config, 'auth'>): AuthSettings {
  return { sync: auth?.sync ?? 1000, maxStale: auth?.maxStale ?? 24 * 3600_000 };
}
