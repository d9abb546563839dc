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
  /**
   * What a reload would change in the configuration that is served, at most 200 values. Absent where the text has problems, and where it says nothing without the
   * values of its variables.
   */
  readonly changes?: readonly ConfigChange[] | undefined;
  /** How many changes there are beyond those. Present with `changes`. */
  readonly changes_omitted?: number | undefined;
  /** Sections that would differ from those of the start, and take effect at the next one. Present with `changes`. */
  readonly restart?: readonly string[] | undefined;
}

/** A value that a reload would change, as `config.retrieve` shows it. */
export interface ConfigChange {
  /** For example `chains.default.deadline`. */
  readonly path: string;
  readonly before: ConfigValue;
  readonly after: ConfigValue;
}

/** A text of at most 1000 bytes, a number or a boolean, or an empty list or object; null where there is none. */
export type ConfigValue = string | number | boolean | readonly [] | Readonly<Record<string, never>> | null;
