/** Levels of the log, from the most verbose to the least. */
export const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
/** The least severe level that is written. */
export type Level = (typeof LEVELS)[number];

/** Formats of the log: one JSON object a line, or one line for people. */
export const LOG_FORMATS = ['json', 'pretty'] as const;
/** How the log is written. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** The parsed and checked flags of all commands. */
export interface Flags {
  readonly config: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** Number of processes that serve; `auto`: by the machine. */
  readonly workers: number | 'auto' | undefined;
  readonly demo: boolean;
  /** Whether `check` sends each entry one request. */
  readonly live: boolean;
  /** The first day of `usage`: a number of days, or a date. */
  readonly since: string | undefined;
  /** By what `usage` sums. */
  readonly by: string | undefined;
  /** Whether JSON is printed. */
  readonly json: boolean;
  /** A running gateway, in place of the store. */
  readonly url: string | undefined;
  /** Whether `migrate` only reports. */
  readonly check: boolean;
  readonly logLevel: Level;
  /** By the terminal unless given. */
  readonly logFormat: LogFormat | undefined;
}
