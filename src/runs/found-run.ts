import type { Response } from '../domain/responses.ts';
import type { Run } from '../domain/run.ts';
import type { ReportedRun } from '../domain/scope.ts';
import type { EventPosition } from './event-position.ts';
import type { RunPlace } from './readable-run.ts';

/** A run of a principal as its requests use it, whichever process has it. */
export interface FoundRun {
  readonly id: string;
  /** What answers about it say of its request. */
  readonly reported: ReportedRun;
  /** The place behind an event that a reader has. Rejects as `numberAt` throws. */
  at(position: EventPosition): Promise<RunPlace>;
  /** The same behind a sequence number of a response. Rejects as `numberBehind` throws. */
  behind(sequenceNumber: number): Promise<RunPlace>;
  /** The run without its answer. */
  show(): Run;
  /** The run with the answer of a completed one. Rejects with the abort's error. */
  showAnswer(signal: AbortSignal): Promise<Run>;
  /** The run of a response, as OpenAI's API shows one in the background. */
  showResponse(): Promise<Response>;
  /** Ends it. Resolves with the run as it is then: one that still runs where its owner has not answered for a second. */
  cancel(): Promise<FoundRun>;
}
