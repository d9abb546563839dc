/** Origin and state of the configuration that is served, for operators. */
export interface ConfigurationStatus {
  /** Where it was loaded from, in a few words. */
  readonly source: string;
  /** When it took effect, in milliseconds since the epoch. */
  readonly loadedAt: number;
  /** A newer configuration that was rejected, with its problems; undefined when the newest one is served. */
  readonly rejected: { readonly at: number; readonly problems: readonly string[] } | undefined;
  /** Sections that differ from those that the process started with and take effect only at the next start. */
  readonly restart: readonly string[];
}
