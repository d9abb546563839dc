import type { Level } from './log.ts';

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
