import type { Answer } from '../attempt/answer.ts';
import { abortError, RUN_CANCELLED } from '../domain/abort-error.ts';
import type { Call } from '../domain/call.ts';
import { GatewayError } from '../domain/errors.ts';
import { raw, type StreamEnd } from '../domain/event-stream.ts';
import type { DisconnectPolicy, RunError, RunStatus } from '../domain/run.ts';
import type { RequestScope } from '../domain/scope.ts';
import type { AbortScope } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { completionUsage } from './completion-usage.ts';
import { EventLog } from './event-log.ts';
import { type Frame, type FrameForm, FrameWriter, type OwnEvent } from './frames.ts';
import type { ReadableRun } from './readable-run.ts';

/** What a run is made of. */
export interface KeptRunParts {
  /** `run_` and 32 hexadecimal digits, which cannot be guessed. */
  readonly id: string;
  /** The run's own request, which no connection belongs to. */
  readonly scope: RequestScope;
  readonly call: Call;
  /** Ends that request. */
  readonly abort: AbortScope;
  readonly clock: Clock;
  /** The form in which its events are kept: that of its first readers, which get them without a copy. */
  readonly form: FrameForm;
  readonly disconnect: DisconnectPolicy;
  /** Milliseconds for which the run continues without a reader, by its policy. */
  readonly graceMs: number;
  /** The memory to which its events are bounded, in bytes. */
  readonly maxBytes: number;
  /** Gets each change of the memory that the run takes, in bytes. */
  readonly onBytes: (change: number) => void;
  /** Called once, after the last event. */
  readonly onEnd: () => void;
  /** Called after new events, before their readers are: with their bytes, or with Infinity where other processes should have them at once. */
  readonly onEvents: (bytes: number) => void;
}

/** How long a run without a grace time waits for its first reader, and for one that was sent to another process, in milliseconds. */
const FIRST_READER_MS = 10_000;

/** A run: its events so far, its readers, and what becomes of it without any. */
export class KeptRun implements ReadableRun {
  readonly #parts: KeptRunParts;
  readonly log: EventLog;
  readonly #frames: FrameWriter;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  endedAt: number | undefined;
  status: RunStatus = 'queued';
  sentOn: GatewayError | undefined;
  /** Number of the event from which on the chunks are the answer: behind the `reset`, if there was one. */
  answerFrom = 1;
  /** The failure in events of the operation's API, where they continue those of the answer. */
  failureEvents: string | undefined;
  /** Why it failed; undefined unless it did. */
  error: GatewayError | undefined;
  /** Resolves when an answer to a client may begin: at the commit, or where the chain opens its streams earlier. Rejects with the error of a run that ends before. */
  readonly opened: Promise<void>;
  readonly #opened = Promise.withResolvers<void>();
  readonly #readers = new Set<() => void>();
  #waiting: Disposable | undefined;

  constructor(parts: KeptRunParts) {
    this.#parts = parts;
    this.log = new EventLog(parts.onBytes, parts.maxBytes);
    this.#frames = new FrameWriter(this.log, parts);
    this.createdAt = parts.clock.now();
    this.opened = this.#opened.promise;
    this.opened.catch(() => undefined);
    this.#waitForReader(parts.graceMs > 0 ? parts.graceMs : FIRST_READER_MS);
  }

  get id(): string {
    return this.#parts.id;
  }

  get call(): Call {
    return this.#parts.call;
  }

  get operation(): Call['operation'] {
    return this.#parts.call.operation;
  }

  get scope(): RequestScope {
    return this.#parts.scope;
  }

  get over(): boolean {
    return this.endedAt !== undefined;
  }

  /** The form in which its events are kept. */
  get form(): FrameForm {
    return this.#parts.form;
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Follows the run's request to its end. The answer is read at the provider's pace, whatever the readers do. Never rejects. */
  async follow(answering: Promise<Answer>): Promise<void> {
    try {
      const answer = await answering;
      if (answer.kind !== 'stream')
        throw new GatewayError('internal_error', { message: 'JSON arrived in place of a stream.' });
      const control = answer.stream[raw]({
        events: (bytes) => this.#chunks(bytes),
        end: (result) => this.#streamEnded(result),
      });
      control.resume();
      // The chain opens its streams before their commit.
      if (answer.stream.early === true) this.#opened.resolve();
    } catch (thrown) {
      this.fail(GatewayError.from(thrown));
    }
  }

  /** Ends the run and its request with the error of a request that no answer has begun for. */
  fail(error: GatewayError): void {
    this.scope.fail(error);
    this.#end(error);
  }

  /** Adds an event of the gateway's own. */
  add(event: Exclude<OwnEvent, { type: 'done' | 'error' }>): void {
    if (this.over) return;
    const number = this.#frames.own(event);
    if (event.type === 'reset') this.answerFrom = number;
    if (event.type !== 'queued' && this.status === 'queued') this.status = 'running';
    if (event.type === 'committed') this.#opened.resolve();
    this.#notify(Infinity);
  }

  /** Calls a reader back whenever there are new events, and at the end. Disposing the result detaches it; idempotent. */
  attach(onEvents: () => void): Disposable {
    this.#readers.add(onEvents);
    this.#stopWaiting();
    return {
      [Symbol.dispose]: () => {
        if (this.#readers.delete(onEvents) && this.#readers.size === 0) this.#waitForReader(this.#graceMs);
      },
    };
  }

  /** Ends the readings of this process once they have all events so far, so that their clients read on from another one. The run continues. */
  sendOn(reason: GatewayError): void {
    if (this.over) return;
    this.sentOn = reason;
    this.#callReaders();
  }

  /** Milliseconds without a reader: a client that was sent to another process needs some. */
  get #graceMs(): number {
    const { graceMs } = this.#parts;
    return this.sentOn === undefined ? graceMs : Math.max(graceMs, FIRST_READER_MS);
  }

  /** Ends the run and its request to the provider. Does nothing after the end. */
  cancel(): void {
    if (this.over) return;
    this.#parts.abort.abort(RUN_CANCELLED);
    // The stream's own end has been reported by now, unless there was none yet.
    this.#end(abortError(RUN_CANCELLED));
  }

  #chunks(bytes: Buffer): void {
    if (this.over) return;
    this.#frames.chunks(bytes);
    this.#notify(bytes.length);
  }

  #streamEnded(result: StreamEnd): void {
    if (result.kind === 'failed') {
      if (!this.over) this.failureEvents = result.events;
      return this.#end(result.error);
    }
    if (this.over) return;
    this.#frames.own({ type: 'done', usage: completionUsage(this.scope.report.trail) });
    this.#close('completed');
  }

  #end(error: GatewayError): void {
    if (this.over) return;
    this.error = error;
    this.#frames.own({ type: 'error', error: runError(error) });
    this.#opened.reject(error);
    this.#close(STATUSES[error.code] ?? 'failed');
  }

  #close(status: RunStatus): void {
    this.status = status;
    this.endedAt = this.#parts.clock.now();
    this.#stopWaiting();
    this.#opened.resolve();
    this.#parts.onEnd();
    this.#notify(Infinity);
  }

  /** One of the events that are kept. */
  frameAt(number: number): Frame {
    const { bytes, isChunk } = this.log.eventAt(number);
    return { bytes, isChunk, form: this.#parts.form };
  }

  #notify(bytes: number): void {
    this.#parts.onEvents(bytes);
    this.#callReaders();
  }

  #callReaders(): void {
    for (const onEvents of this.#readers) onEvents();
  }

  /** Ends the run after a time without a reader, by its policy. */
  #waitForReader(ms: number): void {
    const { disconnect, clock } = this.#parts;
    if (this.over || disconnect === 'drain') return;
    if (ms <= 0) this.cancel();
    else this.#waiting = clock.timer(ms, () => this.cancel());
  }

  #stopWaiting(): void {
    this.#waiting?.[Symbol.dispose]();
    this.#waiting = undefined;
  }
}

const STATUSES: Readonly<Record<string, RunStatus>> = Object.freeze({
  run_cancelled: 'cancelled',
  shutting_down: 'interrupted',
});

/** The form of an error in a run's events. */
export function runError(error: GatewayError): RunError {
  const { attempts, chain, models, retryAfter, shouldRetry, retryAt } = error.details;
  return { ...error.wire, status: error.status, attempts, chain, models, retryAfter, shouldRetry, retryAt };
}
