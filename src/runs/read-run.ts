import { abortError } from '../domain/abort-error.ts';
import type { GatewayError } from '../domain/errors.ts';
import { type EventStream, raw, type RawControl, type RawSink } from '../domain/event-stream.ts';
import { abortCode, onAbort } from '../lib/abort.ts';
import { cancellable } from '../sse/cancellable.ts';
import { expired } from './event-position.ts';
import { bareFrame, reframed } from './frames.ts';
import type { ReadForm } from './read-form.ts';
import type { ReadableRun } from './readable-run.ts';

/** How a run is read. */
export interface ReadOptions<Item> {
  /** Number of the last event that the reader has; 0 for none. */
  readonly after: number;
  readonly form: ReadForm<Item>;
  /** Ends the reading with the abort's error. */
  readonly signal: AbortSignal;
  /** Called once, at the end of the reading: with undefined where all events were read. */
  readonly onEnd: (error: GatewayError | undefined) => void;
}

/**
 * A run's events from number `after + 1` on: those that are kept, then each as it arrives, until the last one. The reader counts as a reader of
 * the run from this call on. Throws the abort's error where the signal has aborted. A slow reader never slows the run; one whose next event is no longer kept fails with `run_events_expired`.
 * A reader that is sent on ends with the reason, which its client does not get.
 */
export function readRun<Item>(run: ReadableRun, options: ReadOptions<Item>): EventStream<Item> {
  return new RunReader(run, options);
}

class RunReader<Item> implements EventStream<Item> {
  readonly #run: ReadableRun;
  readonly #form: ReadForm<Item>;
  readonly #onEnd: ReadOptions<Item>['onEnd'];
  readonly #attached: Disposable;
  readonly #aborted: Disposable;
  #next: number;
  #taken = false;
  #released = false;
  /** Why the reading ended before the last event. */
  #failure: GatewayError | undefined;
  /** Of the raw face, until it has its end. */
  #sink: RawSink | undefined;
  #paused = true;
  /** Of the iteration, while it waits. */
  #more: PromiseWithResolvers<void> | undefined;

  constructor(run: ReadableRun, { after, form, signal, onEnd }: ReadOptions<Item>) {
    this.#run = run;
    this.#form = form;
    this.#onEnd = onEnd;
    this.#next = after + 1;
    if (signal.aborted) throw abortError(abortCode(signal));
    this.#attached = run.attach(() => this.#continue());
    this.#aborted = onAbort(signal, () => this.#fail(abortError(abortCode(signal))));
  }

  /** Whether its events have names, which only chunks of some operations do. */
  get named(): boolean {
    return this.#form.frames === 'chunks' && this.#run.operation.stream?.events === 'named';
  }

  [raw](sink: RawSink): RawControl {
    this.#take();
    this.#sink = sink;
    return {
      pause: () => void (this.#paused = true),
      resume: () => {
        this.#paused = false;
        this.#flush();
      },
      cancel: () => {
        this.#sink = undefined;
        this.#release(abortError('client_closed'));
      },
    };
  }

  [Symbol.asyncIterator](): AsyncIterator<Item> {
    this.#take();
    return cancellable(this.#iterate(), () => this[Symbol.asyncDispose]());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(abortError('client_closed'));
  }

  #take(): void {
    if (this.#taken) throw new Error('An event stream has one consumer and one use.');
    this.#taken = true;
  }

  #continue(): void {
    this.#more?.resolve();
    this.#flush();
  }

  /** Hands out what the sink takes. */
  #flush(): void {
    const { log } = this.#run;
    while (this.#sink !== undefined && !this.#paused) {
      if (this.#failure === undefined && this.#next < log.first) this.#fail(expired());
      if (this.#failure !== undefined) return this.#end(this.#failure);
      if (this.#next > log.last) {
        if (this.#run.over) this.#end(this.#form.failure(this.#run));
        else if (this.#run.sentOn !== undefined) this.#end(this.#run.sentOn);
        return;
      }
      this.#deliver(this.#sink);
    }
  }

  /** Hands out the next events that lie together: without a copy, where the run keeps them in this form. */
  #deliver(sink: RawSink): void {
    const { frames, only } = this.#form;
    if (this.#run.form === frames) {
      const { bytes, next } = this.#run.log.range(this.#next, only);
      this.#next = next;
      if (bytes !== undefined) sink.events(bytes);
      return;
    }
    const frame = this.#run.frameAt(this.#next);
    const id = this.#idOf(this.#next++);
    // The place of an event that is lost.
    if (frame.bytes.length === 0) return;
    if (frame.isChunk || only === 'all') sink.events(frames === 'bare' ? bareFrame(frame) : reframed(frame, id));
  }

  async *#iterate(): AsyncGenerator<Item, void, undefined> {
    const { log } = this.#run;
    for (;;) {
      if (this.#failure === undefined && this.#next < log.first) this.#fail(expired());
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#next <= log.last) {
        const frame = this.#run.frameAt(this.#next);
        const id = this.#idOf(this.#next++);
        const item = frame.bytes.length === 0 ? undefined : this.#form.item(frame, id);
        if (item !== undefined) yield item;
        continue;
      }
      if (this.#run.over) break;
      if (this.#run.sentOn !== undefined) {
        this.#release(undefined);
        throw this.#run.sentOn;
      }
      this.#more = Promise.withResolvers();
      await this.#more.promise;
    }
    this.#release(undefined);
    const failure = this.#form.failure(this.#run);
    if (failure !== undefined) throw failure;
  }

  #idOf(number: number): string {
    return `${this.#run.id}:${number}`;
  }

  /** Ends the raw face, with a failure or complete. */
  #end(failure: GatewayError | undefined): void {
    const sink = this.#sink;
    this.#sink = undefined;
    this.#release(undefined);
    if (failure === undefined) return sink?.end({ kind: 'complete' });
    const events = failure === this.#run.error ? this.#run.failureEvents : undefined;
    sink?.end({ kind: 'failed', error: failure, events, silent: failure === this.#run.sentOn });
  }

  /** Ends the reading before the last event. A paused sink gets the failure when it resumes. */
  #fail(error: GatewayError): void {
    if (this.#released) return;
    this.#failure = error;
    this.#release(error);
    this.#continue();
  }

  #release(error: GatewayError | undefined): void {
    if (this.#released) return;
    this.#released = true;
    this.#aborted[Symbol.dispose]();
    this.#attached[Symbol.dispose]();
    this.#onEnd(error);
  }
}
