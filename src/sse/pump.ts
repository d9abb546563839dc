import { type EventStream, type RawControl, raw, type StreamEnd } from '../domain/event-stream.ts';
import type { Clock } from '../lib/clock.ts';
import { startWatchdog, type Watchdog } from '../lib/watchdog.ts';
import { type Framing, KEEP_ALIVE } from './framing.ts';
import { withoutNames } from './without-names.ts';

/** Where a stream is written: a socket's response or a web stream. */
export interface Sink {
  /** Takes bytes; false requests to wait for `onDrain`. */
  write(bytes: Buffer | string): boolean;
  /** Calls the listener each time the sink can take more. */
  onDrain(listener: () => void): void;
  /** Calls the listener each time the client has received some of the buffered bytes. */
  onProgress(listener: () => void): void;
  /** Calls the listener when the client has disconnected or has received everything; at once when that has already happened. */
  onClose(listener: () => void): void;
  /** Ends the stream; idempotent. */
  end(): void;
  /** Drops a client that reads nothing, without waiting for unsent bytes. */
  destroy(): void;
}

/** How long a client may read nothing. */
export interface ReaderLimit {
  readonly clock: Clock;
  /** A client that reads nothing for this long is dropped; in milliseconds. */
  readonly writeIdle: number;
}

/** How a pump runs. */
export interface PumpOptions extends ReaderLimit {
  readonly framing: Framing;
}

/** Silence after which a comment is sent, in milliseconds: well under the 60 s at which load balancers cut. */
export const KEEP_ALIVE_MS = 15_000;

/**
 * Moves a stream into a sink, with backpressure: when the sink is full, the upstream is paused.
 * Runs until the stream ends or the client disconnects, which ends the upstream exchange.
 */
export function pump(stream: EventStream<unknown>, sink: Sink, options: PumpOptions): void {
  const { framing, clock, writeIdle } = options;
  let silence: Watchdog | undefined;
  let stalled: Watchdog | undefined;
  let over = false;
  /** Whether an event has been written. */
  let begun = false;

  function write(bytes: Buffer): void {
    silence?.feed();
    begun = true;
    const events = framing.names === 'strip' && stream.named === true ? withoutNames(bytes) : bytes;
    if (sink.write(events) || stalled !== undefined) return;
    control.pause();
    stalled = startWatchdog(clock, writeIdle, () => {
      stop();
      control.cancel('write_idle');
      sink.destroy();
    });
  }

  function keepAlive(): void {
    if (over) return;
    if (stalled === undefined) sink.write(begun ? framing.keepAlive : KEEP_ALIVE);
    silence = startWatchdog(clock, KEEP_ALIVE_MS, keepAlive);
  }

  function stop(): void {
    over = true;
    silence?.[Symbol.dispose]();
    stalled?.[Symbol.dispose]();
  }

  function end(result: StreamEnd): void {
    if (over) return;
    stop();
    if (result.kind === 'complete') sink.write(framing.complete);
    else if (result.silent !== true) sink.write(framing.failed(result));
    endSink(sink, options);
  }

  sink.onDrain(() => {
    if (over) return;
    stalled?.[Symbol.dispose]();
    stalled = undefined;
    control.resume();
  });
  sink.onProgress(() => stalled?.feed());
  if (framing.head !== '') sink.write(framing.head);
  if (stream.early === true) sink.write(KEEP_ALIVE);
  const control: RawControl = stream[raw]({ events: write, end });
  sink.onClose(() => {
    if (over) return;
    stop();
    control.cancel('client_closed');
  });
  control.resume();
  // Most short answers are over by now, and a timer that is never armed costs nothing.
  if (!over) silence = startWatchdog(clock, KEEP_ALIVE_MS, keepAlive);
}

/** Ends a sink. Its client still has to read the buffered bytes, and is dropped when it reads nothing for `writeIdle`. */
export function endSink(sink: Sink, { clock, writeIdle }: ReaderLimit): void {
  const idle = startWatchdog(clock, writeIdle, () => sink.destroy());
  sink.onProgress(() => idle.feed());
  sink.onClose(() => idle[Symbol.dispose]());
  sink.end();
}
