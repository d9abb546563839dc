import { GatewayError } from '../domain/errors.ts';
import type { Sink } from '../sse/pump.ts';

/** A sink, and the web stream of what is written to it. */
export interface WebSink {
  readonly sink: Sink;
  readonly readable: ReadableStream<Uint8Array>;
}

/** With this many bytes waiting for the reader, `write` returns false. */
const HIGH_WATER_BYTES = 64 * 1024;

/**
 * Makes a sink over a web stream; the pace of the stream's reader is the upstream's. `onCancel` is called when the reader cancels, or when the
 * signal aborts, which the reader sees as an error with the signal's reason.
 */
export function createWebSink(onCancel: () => void, signal: AbortSignal): WebSink {
  const sink = new WebStreamSink(onCancel, signal);
  return { sink, readable: sink.readable };
}

class WebStreamSink implements Sink {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #onCancel: () => void;
  readonly #signal: AbortSignal;
  /** Waiting bytes are held here: a web stream does not report when its reader takes something from its own queue. */
  readonly #backlog: Uint8Array[] = [];
  #waitingBytes = 0;
  /** The reader waits for bytes. */
  #pulled = false;
  #full = false;
  #finished = false;
  #drained: (() => void) | undefined;
  #progressed: (() => void) | undefined;
  readonly #closeListeners: (() => void)[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(onCancel: () => void, signal: AbortSignal) {
    this.#onCancel = onCancel;
    this.#signal = signal;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => {
          this.#progressed?.();
          this.#pulled = true;
          this.#deliver();
        },
        cancel: () => {
          this.#finish();
          onCancel();
        },
      },
      { highWaterMark: 0 },
    );
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }

  write(bytes: Buffer | string): boolean {
    if (this.#finished) return true;
    const piece = typeof bytes === 'string' ? Buffer.from(bytes) : new Uint8Array(bytes);
    this.#backlog.push(piece);
    this.#waitingBytes += piece.length;
    this.#deliver();
    this.#full = this.#waitingBytes >= HIGH_WATER_BYTES;
    return !this.#full;
  }

  onDrain(listener: () => void): void {
    this.#drained = listener;
  }

  onProgress(listener: () => void): void {
    this.#progressed = listener;
  }

  onClose(listener: () => void): void {
    this.#closeListeners.push(listener);
    if (this.#finished) listener();
  }

  end(): void {
    if (this.#finished) return;
    // The stream's own queue takes the rest: nothing of the gateway waits for the reader any more.
    for (const piece of this.#backlog) this.#controller?.enqueue(piece);
    this.#controller?.close();
    this.#finish();
  }

  destroy(): void {
    this.#fail(new GatewayError('client_closed', { message: 'The reader took nothing for too long.' }));
  }

  /** Gives the reader the next piece, if it waits for one. */
  #deliver(): void {
    if (!this.#pulled || this.#finished) return;
    const next = this.#backlog.shift();
    if (next === undefined) return;
    this.#pulled = false;
    this.#waitingBytes -= next.length;
    this.#controller?.enqueue(next);
    if (!this.#full || this.#waitingBytes >= HIGH_WATER_BYTES) return;
    this.#full = false;
    this.#drained?.();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#backlog.length = 0;
    this.#signal.removeEventListener('abort', this.#onAbort);
    for (const listener of this.#closeListeners) listener();
  }

  #fail(reason: unknown): void {
    if (this.#finished) return;
    this.#controller?.error(reason);
    this.#finish();
  }

  readonly #onAbort = (): void => {
    this.#fail(this.#signal.reason);
    this.#onCancel();
  };
}
