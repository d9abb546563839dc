import type { ConfigurationSummary } from './models.ts';

/** The configuration that is served. */
export interface ConfigView extends ConfigurationSummary {
  readonly object: 'config';
  /** As it was understood: durations in milliseconds, sizes in bytes, secrets as `***`. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** A configuration to be checked. */
export interface ConfigCheckInput {
  /** At most 262,144 characters. */
  readonly text: string;
  /** `yaml` unless given. */
  readonly format?: 'yaml' | 'json' | undefined;
}

/** What is wrong with a configuration. */
export interface ConfigCheck {
  readonly object: 'config.check';
  readonly ok: boolean;
  /** At most 100. */
  readonly problems: readonly {
    /** For example `chains.default.entries[0]`; empty for the text as a whole. */
    readonly path: string;
    readonly message: string;
    /** Counted from 1; absent where it is unknown. */
    readonly line?: number | undefined;
  }[];
}
