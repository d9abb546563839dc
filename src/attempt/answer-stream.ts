import { GatewayError } from '../domain/errors.ts';
import { leavable } from '../sse/leavable.ts';
import { type EventStream, type RawControl, type RawSink, raw, type StreamEnd } from '../domain/event-stream.ts';

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

const DATA_PREFIX = 'data: '.length;
/** The iterating face pauses the source above this many waiting bytes. */
const HIGH_WATER_BYTES = 64 * 1024;

/** Makes a stream whose two faces stand on the same events: bytes for the doors' writers, parsed chunks for `for await`. */
export function createAnswerStream<Chunk>(source: AnswerSource): AnswerStream<Chunk> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let sink: RawSink | undefined;
  let taken = false;
  let paused = true;
  let result: StreamEnd | undefined;
  let told = false;

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

  const leave = async (): Promise<void> => control.cancel('client_closed');

  return {
    stream: {
      [raw]: take,
      [Symbol.asyncIterator]: () => leavable(iterate<Chunk>(take), leave),
      [Symbol.asyncDispose]: leave,
    },
    add(event) {
      waiting.push(event);
      waitingBytes += event.length;
      // A reader who has not come yet must not cost more than one who is slow.
      if (paused && waitingBytes > HIGH_WATER_BYTES) source.pause();
    },
    flush,
    end(ending) {
      if (result !== undefined) return;
      result = ending;
      // A caller who left is owed no more of what was waiting for him.
      if (ending.kind === 'failed' && ending.error.code === 'client_closed') {
        waiting = [];
        paused = false;
      }
      flush();
    },
  };
}

/** Events cut from one read lie side by side in it and need no copy. */
function joined(events: readonly Buffer[]): Buffer {
  const [first] = events;
  if (first === undefined) return Buffer.alloc(0);
  let end = first.byteOffset;
  const adjacent = events.every((event) => {
    const follows = event.buffer === first.buffer && event.byteOffset === end;
    end += event.length;
    return follows;
  });
  return adjacent ? Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset) : Buffer.concat(events);
}

async function* iterate<Chunk>(take: (sink: RawSink) => RawControl): AsyncGenerator<Chunk, void, undefined> {
  let arrived: Buffer[] = [];
  let bytes = 0;
  let end: StreamEnd | undefined;
  let wake: (() => void) | undefined;
  const control = take({
    events(events) {
      arrived.push(events);
      bytes += events.length;
      if (bytes > HIGH_WATER_BYTES) control.pause();
      wake?.();
    },
    end(result) {
      end = result;
      wake?.();
    },
  });
  let finished = false;
  try {
    control.resume();
    for (;;) {
      while (arrived.length > 0) {
        const batch = arrived;
        arrived = [];
        bytes = 0;
        for (const events of batch) yield* parsed<Chunk>(events);
        control.resume();
      }
      if (end !== undefined) break;
      await new Promise<void>((resolve) => (wake = resolve));
      wake = undefined;
    }
    finished = true;
    if (end.kind === 'failed') throw end.error;
  } finally {
    if (!finished) control.cancel('client_closed');
  }
}

function* parsed<Chunk>(events: Buffer): Generator<Chunk, void, undefined> {
  for (const event of events.toString('utf8').split('\n\n')) {
    if (event === '') continue;
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type is what the operation promises, as in every client
      yield JSON.parse(event.slice(DATA_PREFIX)) as Chunk;
    } catch (cause) {
      throw new GatewayError('upstream_failed', { message: 'The provider sent an event that is not JSON.', cause });
    }
  }
}
