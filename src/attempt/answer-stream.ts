import { abortError } from '../domain/abort-error.ts';
import { type EventStream, type RawControl, type RawSink, raw, type StreamEnd } from '../domain/event-stream.ts';
import { cancellable } from '../sse/cancellable.ts';
import { HIGH_WATER_BYTES, iterateEvents } from './iterate-events.ts';

/** The writing side of an answer's stream. */
export interface AnswerStream<Chunk> {
  readonly stream: EventStream<Chunk>;
  /** Bytes added so far. */
  readonly bytes: number;
  /** Adds whole events. They are delivered by `flush`. */
  add(events: Buffer): void;
  /** Says that an event added from now on carries a name. */
  setNamed(): void;
  /** Delivers what was added, if the reader is ready for it. */
  flush(): void;
  end(result: StreamEnd): void;
}

/** How the reading side reaches the source. */
export interface AnswerSource {
  pause(): void;
  resume(): void;
  cancel(code: string): void;
}

/** So many bytes of events are joined at most: to copy a large event takes long. */
const MAX_JOINED_BYTES = 1024 * 1024;

/** Makes a stream whose two faces read the same events: bytes for the doors' writers, parsed chunks for `for await`. */
export function createAnswerStream<Chunk>(source: AnswerSource): AnswerStream<Chunk> {
  return new Stream<Chunk>(source);
}

class Stream<Chunk> implements AnswerStream<Chunk>, EventStream<Chunk> {
  readonly #source: AnswerSource;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #sink: RawSink | undefined;
  #paused = true;
  #result: StreamEnd | undefined;
  /** Nothing more is delivered: the end was, or the sink cancelled. */
  #over = false;
  #disposed = false;
  bytes = 0;
  named = false;

  constructor(source: AnswerSource) {
    this.#source = source;
  }

  get stream(): EventStream<Chunk> {
    return this;
  }

  add(events: Buffer): void {
    this.#waiting.push(events);
    this.#waitingBytes += events.length;
    this.bytes += events.length;
    // A reader that has not started yet must not cost more memory than a slow one.
    if (this.#paused && this.#waitingBytes > HIGH_WATER_BYTES) this.#source.pause();
  }

  setNamed(): void {
    this.named = true;
  }

  flush(): void {
    if (this.#paused || this.#over || this.#sink === undefined) return;
    while (this.#waiting.length > 0 && !this.#isHalted()) {
      const events = this.#takeWaiting();
      this.#waitingBytes -= events.length;
      this.#sink.events(events);
    }
    // The sink may have paused the stream while it took the events.
    if (this.#result === undefined || this.#isHalted() || this.#waiting.length > 0) return;
    this.#over = true;
    this.#sink.end(this.#result);
  }

  end(ending: StreamEnd): void {
    if (this.#result !== undefined) return;
    this.#result = ending;
    // A client that disconnected gets nothing of what was waiting.
    if (ending.kind === 'failed' && ending.error.code === 'client_closed') {
      this.#waiting = [];
      this.#paused = false;
    }
    this.flush();
  }

  [raw](sink: RawSink): RawControl {
    if (this.#sink !== undefined) throw new Error('An event stream has one consumer and one use.');
    this.#sink = sink;
    return {
      pause: () => {
        this.#paused = true;
        this.#source.pause();
      },
      resume: () => {
        this.#paused = false;
        this.#source.resume();
        this.flush();
      },
      cancel: (code) => {
        this.#over = true;
        this.#waiting = [];
        this.#source.cancel(code);
      },
    };
  }

  [Symbol.asyncIterator](): AsyncIterator<Chunk> {
    const items = iterateEvents<Chunk>(
      (sink) => this[raw](sink),
      () => this.#disposed,
    );
    return cancellable(items, () => this[Symbol.asyncDispose]());
  }

  /** Unlike a sink's own cancel this may happen beside the reader, which is therefore notified. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#result === undefined) this.#source.cancel('client_closed');
    // The stream may be complete, but its reader will not get all of it.
    else if (this.#waiting.length > 0) this.#result = undefined;
    this.end({ kind: 'failed', error: abortError('client_closed') });
  }

  /** Removes and joins the events that wait; of many bytes only the first. */
  #takeWaiting(): Buffer {
    const all = this.#waiting;
    let taken = all.length;
    if (this.#waitingBytes > MAX_JOINED_BYTES) {
      let bytes = 0;
      taken = Math.max(
        1,
        all.findIndex((events) => (bytes += events.length) > MAX_JOINED_BYTES),
      );
    }
    this.#waiting = all.slice(taken);
    return joined(taken === all.length ? all : all.slice(0, taken));
  }

  #isHalted(): boolean {
    return this.#paused || this.#over;
  }
}

/** Events cut from one read are adjacent in memory and need no copy. */
function joined(events: readonly Buffer[]): Buffer {
  const [first] = events;
  if (first === undefined) return Buffer.alloc(0);
  if (events.length === 1) return first;
  let end = first.byteOffset;
  const adjacent = events.every((event) => {
    const follows = event.buffer === first.buffer && event.byteOffset === end;
    end += event.length;
    return follows;
  });
  return adjacent ? Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset) : Buffer.concat(events);
}
