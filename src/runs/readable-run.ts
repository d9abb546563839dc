import type { GatewayError } from '../domain/errors.ts';
import type { Operation } from '../domain/operation.ts';
import type { EventLog } from './event-log.ts';
import type { Frame, FrameForm } from './frames.ts';

/** What readers use of a run, of this process's own or of another one's. */
export interface ReadableRun {
  readonly id: string;
  readonly operation: Operation;
  /** The form in which its events are kept. */
  readonly form: FrameForm;
  readonly log: EventLog;
  /** Whether the last event is in the log. */
  readonly over: boolean;
  /** Why it failed; undefined unless it did. */
  readonly error: GatewayError | undefined;
  /** The failure in events of the operation's API, where they continue those of the answer. */
  readonly failureEvents: string | undefined;
  /** Why readers that have all events so far end before the last one, to read on from another process; undefined while they do not. */
  readonly sentOn: GatewayError | undefined;
  /** Resolves when an answer to a client may begin. Rejects with the error of a run that ends before. */
  readonly opened: Promise<void>;
  readonly readers: number;
  /** One of the events that are kept. */
  frameAt(number: number): Frame;
  /** Calls a reader back whenever there are new events, and at the end. Disposing the result detaches it; idempotent. */
  attach(onEvents: () => void): Disposable;
}

/** Where a reader begins in a run. */
export interface RunPlace {
  readonly run: ReadableRun;
  /** Number of the last event that the reader has; 0 for none. */
  readonly after: number;
}
