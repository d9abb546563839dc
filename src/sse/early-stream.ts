import { GatewayError } from '../domain/errors.ts';
import { type EventStream, raw, type RawControl, type RawSink } from '../domain/event-stream.ts';
import { abortError } from '../domain/abort-error.ts';
import { cancellable } from './cancellable.ts';

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
  const gone = Promise.withResolvers<never>();
  // Who has left is not kept until what he waited for has heard of it.
  const first = Promise.race([arrived, gone.promise]);
  // Whoever reads hears of it himself.
  first.catch(() => undefined);

  function take(): void {
    if (taken) throw new Error('An event stream has one consumer and one use.');
    taken = true;
  }

  async function quit(): Promise<void> {
    if (left) return;
    left = true;
    gone.reject(abortError('client_closed'));
    if (here === undefined) leave();
    else await here[Symbol.asyncDispose]();
  }

  async function* iterate(): AsyncGenerator<Chunk, void, undefined> {
    yield* await first;
  }

  return {
    early: true,
    [raw](sink) {
      take();
      return relay(first, sink, leave);
    },
    [Symbol.asyncIterator]() {
      take();
      return cancellable(iterate(), quit);
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
