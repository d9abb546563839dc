import { GatewayError } from '../domain/errors.ts';
import { type EventStream, raw, type RawControl, type RawSink } from '../domain/event-stream.ts';

/**
 * A stream that stands for one still to come. What `coming` rejects with is its failure. `leave` is called when its reader goes before
 * the other one is there, and should make `coming` reject soon; should it resolve all the same, what came is left at once.
 */
export function earlyStream<Chunk>(coming: Promise<EventStream<Chunk>>, leave: () => void): EventStream<Chunk> {
  let taken = false;
  let here: EventStream<Chunk> | undefined;
  let left = false;
  const arrived = coming.then(async (stream) => {
    here = stream;
    if (left) await stream[Symbol.asyncDispose]();
    return stream;
  });
  // Whoever reads hears of it himself.
  arrived.catch(() => undefined);

  function take(): void {
    if (taken) throw new Error('An event stream has one consumer and one use.');
    taken = true;
  }

  async function quit(): Promise<void> {
    if (left) return;
    left = true;
    if (here === undefined) leave();
    else await here[Symbol.asyncDispose]();
  }

  async function* iterate(): AsyncGenerator<Chunk, void, undefined> {
    yield* await arrived;
  }

  return {
    early: true,
    [raw](sink) {
      take();
      return relay(arrived, sink, leave);
    },
    [Symbol.asyncIterator]() {
      take();
      const items = iterate();
      return {
        next: () => items.next(),
        async return() {
          // A generator that waits hears of its return only afterwards.
          if (here === undefined) await quit();
          return items.return();
        },
      };
    },
    [Symbol.asyncDispose]: quit,
  };
}

function relay(arrived: Promise<EventStream<unknown>>, sink: RawSink, leave: () => void): RawControl {
  let control: RawControl | undefined;
  let paused = true;
  let over = false;
  let failure: GatewayError | undefined;

  function tell(): void {
    if (failure === undefined || paused || over) return;
    over = true;
    sink.end({ kind: 'failed', error: failure });
  }

  arrived.then(
    (stream) => {
      if (over) return stream[Symbol.asyncDispose]();
      control = stream[raw](sink);
      return paused ? undefined : control.resume();
    },
    (thrown: unknown) => {
      failure = GatewayError.from(thrown);
      tell();
    },
  );
  return {
    pause() {
      paused = true;
      control?.pause();
    },
    resume() {
      paused = false;
      control?.resume();
      tell();
    },
    cancel(code) {
      over = true;
      if (control === undefined) leave();
      else control.cancel(code);
    },
  };
}
