import { GatewayError } from '../domain/errors.ts';
import { type EventStream, raw, type RawControl, type RawSink } from '../domain/event-stream.ts';
import { abortError } from '../domain/abort-error.ts';
import { cancellable } from './cancellable.ts';

/**
 * A stream that stands in for one that does not exist yet. A rejection of `pending` is its failure. `cancel` is called when the stream is
 * cancelled before `pending` settles, and should make `pending` reject soon; if `pending` resolves anyway, its stream is disposed at once.
 */
export function earlyStream<Chunk>(pending: Promise<EventStream<Chunk>>, cancel: () => void): EventStream<Chunk> {
  let taken = false;
  let opened: EventStream<Chunk> | undefined;
  let disposed = false;
  const arrived = pending.then(async (stream) => {
    opened = stream;
    if (disposed) await stream[Symbol.asyncDispose]();
    return stream;
  });
  const cancelled = Promise.withResolvers<never>();
  // A cancelled reader is released at once, without waiting for the pending stream.
  const first = Promise.race([arrived, cancelled.promise]);
  // Every reader handles the rejection itself.
  first.catch(() => undefined);

  function take(): void {
    if (taken) throw new Error('An event stream has one consumer and one use.');
    taken = true;
  }

  async function dispose(): Promise<void> {
    if (disposed) return;
    disposed = true;
    cancelled.reject(abortError('client_closed'));
    if (opened === undefined) cancel();
    else await opened[Symbol.asyncDispose]();
  }

  async function* iterate(): AsyncGenerator<Chunk, void, undefined> {
    yield* await first;
  }

  return {
    early: true,
    get named() {
      return opened?.named;
    },
    [raw](sink) {
      take();
      return relay(first, sink, cancel);
    },
    [Symbol.asyncIterator]() {
      take();
      return cancellable(iterate(), dispose);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Connects a sink to a stream once it has arrived, paused or running according to the calls made so far. */
function relay(arrived: Promise<EventStream<unknown>>, sink: RawSink, cancel: () => void): RawControl {
  let control: RawControl | undefined;
  let paused = true;
  let over = false;
  let failure: GatewayError | undefined;

  function reportFailure(): void {
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
      reportFailure();
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
      reportFailure();
    },
    cancel(code) {
      over = true;
      if (control === undefined) cancel();
      else control.cancel(code);
    },
  };
}
