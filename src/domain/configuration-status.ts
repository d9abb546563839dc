/** How the configuration that is served came to be, for operators. */
export interface ConfigurationStatus {
  /** Where it is from, in a few words. */
  readonly source: string;
  /** Since when it is served, milliseconds since the epoch. */
  readonly loadedAt: number;
  /** What is wrong with a newer one, which is not served for that; undefined when the newest one is served. */
  readonly rejected: { readonly at: number; readonly problems: readonly string[] } | undefined;
  /** Sections in which it says otherwise than the one that the process began with, and that count from the next start on only. */
  readonly restart: readonly string[];
}
