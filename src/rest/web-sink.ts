import { GatewayError } from '../domain/errors.ts';
import type { Sink } from '../sse/pump.ts';

/** A sink, and the web stream that its reader reads. */
export interface WebSink {
  readonly sink: Sink;
  readonly readable: ReadableStream<Uint8Array>;
}

/** Above so many waiting bytes the source is to wait. */
const HIGH_WATER_BYTES = 64 * 1024;

/**
 * Makes a sink over a web stream, whose reader's pace is the upstream's. `leave` is called when he goes; an abort of the signal is an error
 * to him, and a leaving as well.
 */
export function createWebSink(leave: () => void, signal: AbortSignal): WebSink {
  // What waits is held here: of what a web stream has in its own queue, nobody is told when it is taken.
  const backlog: Uint8Array[] = [];
  let waiting = 0;
  /** The reader waits, and not the bytes. */
  let wanted = false;
  let full = false;
  let over = false;
  let drained: (() => void) | undefined;
  let progressed: (() => void) | undefined;
  const listeners: (() => void)[] = [];
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  const readable = new ReadableStream<Uint8Array>(
    {
      start: (given) => void (controller = given),
      pull() {
        progressed?.();
        wanted = true;
        hand();
      },
      cancel() {
        finish();
        leave();
      },
    },
    { highWaterMark: 0 },
  );

  function hand(): void {
    if (!wanted || over) return;
    const next = backlog.shift();
    if (next === undefined) return;
    wanted = false;
    waiting -= next.length;
    controller?.enqueue(next);
    if (!full || waiting >= HIGH_WATER_BYTES) return;
    full = false;
    drained?.();
  }

  function finish(): void {
    if (over) return;
    over = true;
    backlog.length = 0;
    signal.removeEventListener('abort', gone);
    for (const listener of listeners) listener();
  }

  function fail(reason: unknown): void {
    if (over) return;
    controller?.error(reason);
    finish();
  }

  function gone(): void {
    fail(signal.reason);
    leave();
  }

  signal.addEventListener('abort', gone, { once: true });
  if (signal.aborted) gone();
  return {
    readable,
    sink: {
      write(bytes) {
        if (over) return true;
        const piece = typeof bytes === 'string' ? Buffer.from(bytes) : new Uint8Array(bytes);
        backlog.push(piece);
        waiting += piece.length;
        hand();
        full = waiting >= HIGH_WATER_BYTES;
        return !full;
      },
      onDrain: (listener) => void (drained = listener),
      onProgress: (listener) => void (progressed = listener),
      onClose(listener) {
        listeners.push(listener);
        if (over) listener();
      },
      end() {
        if (over) return;
        // The rest is his to take when he likes: nothing of ours waits for it any more.
        for (const piece of backlog) controller?.enqueue(piece);
        controller?.close();
        finish();
      },
      destroy: () => fail(new GatewayError('client_closed', { message: 'The reader took nothing for too long.' })),
    },
  };
}
