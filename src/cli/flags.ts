/** Levels of the log, from the most verbose to the least. */
export const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
/** The least severe level that is written. */
export type Level = (typeof LEVELS)[number];

/** The parsed and checked flags of all commands. */
export interface Flags {
  readonly config: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly demo: boolean;
  /** Whether `check` sends each entry one request. */
  readonly live: boolean;
  /** Whether `migrate` only reports. */
  readonly check: boolean;
  readonly logLevel: Level;
}
