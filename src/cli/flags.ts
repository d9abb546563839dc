/** How much is said, from most to least. */
export const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type Level = (typeof LEVELS)[number];

/** The flags of every command, read and checked. */
export interface Flags {
  readonly config: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly demo: boolean;
  /** Asks every entry once, for `check`. */
  readonly live: boolean;
  readonly logLevel: Level;
}
