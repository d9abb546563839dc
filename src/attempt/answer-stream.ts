import { HIGH_WATER_BYTES, iterateEvents } from './iterate-events.ts';
import { cancellable } from '../sse/cancellable.ts';
import { type EventStream, type RawControl, type RawSink, raw, type StreamEnd } from '../domain/event-stream.ts';
import { abortError } from '../domain/abort-error.ts';

/** The writing side of an answer's stream. */
export interface AnswerStream<Chunk> {
  readonly stream: EventStream<Chunk>;
  /** Adds one whole event, `data: ...` and a blank line. Delivery waits for `flush`. */
  add(event: Buffer): void;
  /** Hands what was added to the reader, if he is ready for it. */
  flush(): void;
  end(result: StreamEnd): void;
}

/** What the reader's side asks of the source. */
export interface AnswerSource {
  pause(): void;
  resume(): void;
  cancel(code: string): void;
}

/** Makes a stream whose two faces stand on the same events: bytes for the doors' writers, parsed chunks for `for await`. */
export function createAnswerStream<Chunk>(source: AnswerSource): AnswerStream<Chunk> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let sink: RawSink | undefined;
  let taken = false;
  let paused = true;
  let result: StreamEnd | undefined;
  let told = false;
  let left = false;

  function flush(): void {
    if (paused || told || sink === undefined) return;
    if (waiting.length > 0) {
      const events = joined(waiting);
      waiting = [];
      waitingBytes = 0;
      sink.events(events);
    }
    // The sink may have paused us while it took the events.
    if (result !== undefined && !paused && !told && waiting.length === 0) {
      told = true;
      sink.end(result);
    }
  }

  const control: RawControl = {
    pause() {
      paused = true;
      source.pause();
    },
    resume() {
      paused = false;
      source.resume();
      flush();
    },
    cancel(code) {
      told = true;
      waiting = [];
      source.cancel(code);
    },
  };

  function take(reader: RawSink): RawControl {
    if (taken) throw new Error('An event stream has one consumer and one use.');
    taken = true;
    sink = reader;
    return control;
  }

  function end(ending: StreamEnd): void {
    if (result !== undefined) return;
    result = ending;
    // A caller who left is owed no more of what was waiting for him.
    if (ending.kind === 'failed' && ending.error.code === 'client_closed') {
      waiting = [];
      paused = false;
    }
    flush();
  }

  /** Unlike a cancel from within, this may come from beside who reads: he is told. */
  async function leave(): Promise<void> {
    if (left) return;
    left = true;
    if (result === undefined) source.cancel('client_closed');
    // It may have been whole, but its reader will not have all of it.
    else if (waiting.length > 0) result = undefined;
    end({ kind: 'failed', error: abortError('client_closed') });
  }

  return {
    stream: new Faces({ take, leave, left: () => left }),
    add(event) {
      waiting.push(event);
      waitingBytes += event.length;
      // A reader who has not come yet must not cost more than one who is slow.
      if (paused && waitingBytes > HIGH_WATER_BYTES) source.pause();
    },
    flush,
    end,
  };
}

/** How the faces of a stream reach it. */
interface FacesOptions {
  readonly take: (reader: RawSink) => RawControl;
  readonly leave: () => Promise<void>;
  readonly left: () => boolean;
}

class Faces<Chunk> implements EventStream<Chunk> {
  readonly #options: FacesOptions;

  constructor(options: FacesOptions) {
    this.#options = options;
  }

  [raw](reader: RawSink): RawControl {
    return this.#options.take(reader);
  }

  [Symbol.asyncIterator](): AsyncIterator<Chunk> {
    const { take, leave, left } = this.#options;
    return cancellable(iterateEvents<Chunk>(take, left), leave);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#options.leave();
  }
}

/** Events cut from one read lie side by side in it and need no copy. */
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
