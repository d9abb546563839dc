import type { StreamEnd } from '../domain/event-stream.ts';
import type { Failure } from '../domain/outcome.ts';
import type { StreamGrammar } from '../domain/stream-grammar.ts';
import type { Usage } from '../domain/usage.ts';
import { runInSlices } from '../lib/steps.ts';
import { estimateUsage } from '../operations/estimate-usage.ts';
import { eventBytes } from '../sse/framing.ts';
import type { AnswerStream } from './answer-stream.ts';
import type { AttemptContext } from './attempt-context.ts';
import type { StreamGate } from './stream-gate.ts';
import { checkEvents } from './check-answer.ts';
import { failureOfThrow } from './failures.ts';
import { failedEnd } from './stream-failures.ts';
import { StreamTimers } from './stream-timers.ts';

/** The parts of a stream that its end concerns. */
export interface StreamParts {
  readonly grammar: StreamGrammar;
  readonly answer: AnswerStream<unknown>;
  readonly gate: StreamGate;
  /** The reply's. */
  readonly status: number;
}

/** Ends a stream once: complete, failed, or as a failed attempt that was never committed. */
export class StreamLifecycle {
  readonly #context: AttemptContext;
  readonly #parts: StreamParts;
  readonly #timers: StreamTimers;
  /** The check of a complete answer, while it takes several turns of the event loop. */
  #checking: Disposable | undefined;
  #exchanged = false;
  /** Nothing more is read. */
  over = false;
  /** Whether the current read has brought a token. */
  anyToken = false;
  readerPaused = false;
  usage: Usage | undefined;

  constructor(context: AttemptContext, parts: StreamParts) {
    this.#context = context;
    this.#parts = parts;
    this.#timers = new StreamTimers(context.tools.clock);
  }

  pauseReader(): void {
    // Before the commit there is no reader that could be slow.
    if (!this.#parts.gate.committed) return;
    this.readerPaused = true;
    this.#context.pause();
    this.#context.watchdogs.readerPaused();
    this.#timers.pause();
  }

  resumeReader(): void {
    this.readerPaused = false;
    this.#context.resume();
    this.#context.watchdogs.readerResumed();
    this.#timers.resume();
  }

  /**
   * Checks after each read whether only usage and the end mark can follow. Some providers send a finish reason with every chunk, and some
   * begin a choice after another one has ended.
   */
  afterRead(): void {
    if (this.over) return;
    if (!this.#parts.grammar.settled()) this.#timers.stopAwaiting();
    else {
      if (this.anyToken) this.#timers.restartWait();
      this.#timers.awaitEnd(() => this.finish({ kind: 'complete' }));
    }
    this.anyToken = false;
  }

  /** The attempt failed before its commit. `used`: what it has used all the same, where that is known. */
  fail(failure: Failure, used?: Usage): void {
    if (this.over) return;
    this.over = true;
    this.#timers[Symbol.dispose]();
    this.#context.settle({ kind: 'failed', failure, added: [], used });
  }

  /** Ends the stream; `failure` is the entry's, where it has one. */
  finish(end: StreamEnd, failure?: Failure): void {
    if (this.over) return;
    const thrown = end.kind === 'complete' ? this.#showRemaining() : undefined;
    if (thrown === undefined) this.#checkThenEnd(end, failure);
    // Only a complete stream is an answer without a token, and this one is not.
    else if (!this.#parts.gate.committed) this.fail(thrown);
    else this.#end(failedEnd('upstream_failed', thrown.message), thrown);
  }

  /** Ends the stream; one that is checked only if it passes, and later where the check takes several turns. */
  #checkThenEnd(end: StreamEnd, failure: Failure | undefined): void {
    const { gate, status } = this.#parts;
    const events = end.kind === 'complete' ? gate.unchecked : undefined;
    if (events === undefined) return this.#end(end, failure);
    this.over = true;
    this.#timers[Symbol.dispose]();
    this.#context.watchdogs[Symbol.dispose]();
    let isDone = false;
    const checked = (invalid: Failure | undefined): void => {
      isDone = true;
      this.#checked(end, invalid);
    };
    try {
      const checking = runInSlices(checkEvents(this.#context, events, status), {
        done: checked,
        failed: (thrown) => checked(failureOfThrow(thrown)),
      });
      if (!isDone) this.#checking = checking;
    } catch (thrown) {
      // A timer may have ended the stream, so nothing else would catch it.
      if (isDone) throw thrown;
      checked(failureOfThrow(thrown));
    }
  }

  #checked(end: StreamEnd, invalid: Failure | undefined): void {
    this.#checking = undefined;
    if (invalid === undefined) this.#end(end, undefined);
    else this.#context.settle({ kind: 'failed', failure: invalid, added: [], used: this.used() });
    if (this.#exchanged) this.close();
  }

  /** The request was cancelled: an answer that is being checked is not needed any more. */
  cancelCheck(failure: Failure): void {
    if (this.#checking === undefined) return;
    this.#checking[Symbol.dispose]();
    this.#checking = undefined;
    this.#context.settle({ kind: 'failed', failure, added: [], used: this.used() });
  }

  #end(end: StreamEnd, failure: Failure | undefined): void {
    const { answer, gate } = this.#parts;
    this.over = true;
    // A complete stream is an answer under every commit policy, also one whose only token is its finish reason.
    gate.commit();
    this.#timers[Symbol.dispose]();
    this.#context.watchdogs[Symbol.dispose]();
    this.#context.options.listener.streamEnded?.({ end, failure, usage: this.used(), bytes: answer.bytes });
    answer.end(this.#withEvents(end));
    if (end.kind === 'failed') this.#context.release();
    else this.#timers.linger(() => this.#context.release());
  }

  /** The end with the events that report it, where the API's own continue what was shown. */
  #withEvents(end: StreamEnd): StreamEnd {
    if (end.kind === 'complete') return end;
    const events = this.#parts.grammar.failed?.(end.error);
    return events === undefined ? end : { ...end, events: Buffer.concat(events.map(eventBytes)).toString('utf8') };
  }

  /** The exchange is over, so its connection needs no time to become reusable. */
  close(): void {
    this.#exchanged = true;
    // The check needs the attempt's signal until its end.
    if (this.#checking !== undefined) return;
    this.#timers.stopLingering();
    this.#context.release();
  }

  /** Shows the events that the grammar adds to a complete stream. What it throws fails the stream, also when a timer ends it. */
  #showRemaining(): Failure | undefined {
    try {
      for (const event of this.#parts.grammar.finish()) this.#parts.gate.show(event, this.usage);
      return undefined;
    } catch (thrown) {
      return failureOfThrow(thrown);
    }
  }

  /** What the stream has used by now: the provider's count, else an estimate. Some providers count the output only at the end. */
  used(): Usage {
    const { call } = this.#context.options;
    if (this.usage?.output !== undefined) return this.usage;
    const estimate = estimateUsage(call, this.#outputBytes());
    return this.usage === undefined ? estimate : { ...this.usage, output: estimate.output, approximate: true };
  }

  /** The grammar may be what threw, and the stream must end all the same. */
  #outputBytes(): number {
    try {
      return this.#parts.grammar.outputBytes();
    } catch {
      return 0;
    }
  }
}
