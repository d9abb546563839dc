import type { Configuration } from './configuration.ts';
import type { CommandLog } from './log.ts';

/** How long a second signal waits for the last lines of the log, in milliseconds. */
const LAST_LINES_MS = 50;

/** What is served, and where. */
export interface Serving {
  readonly configuration: Configuration;
  readonly log: CommandLog;
  readonly host: string;
  readonly port: number;
}

/** Ends the process at once, after the last lines of its log. */
export function endNow(log: CommandLog, exitCode: number): void {
  void log.flush(LAST_LINES_MS).finally(() => process.exit(exitCode));
}
