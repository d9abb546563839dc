import type { Report } from '../report.ts';

/** One attack on a gateway. */
export interface Attack {
  /** Its name on the command line. */
  readonly name: string;
  /** What it does, in a line of the report. */
  readonly title: string;
  /** Starts a gateway, attacks it, reports what was measured, and releases all that it holds. */
  readonly run: (report: Report) => Promise<void>;
}
