import { type EventStream, type RawControl, raw, type StreamEnd } from '../domain/event-stream.ts';
import type { Clock } from '../lib/clock.ts';
import { startWatchdog, type Watchdog } from '../lib/watchdog.ts';
import { type Framing, KEEP_ALIVE } from './framing.ts';

/** Where a stream is written: a socket's response or a web stream. */
export interface Sink {
  /** Takes bytes; false asks to wait for `onDrain`. */
  write(bytes: Buffer | string): boolean;
  /** Calls the listener each time the sink can take more. */
  onDrain(listener: () => void): void;
  /** Calls the listener each time the reader has taken some of what waits for him. */
  onProgress(listener: () => void): void;
  /** Calls the listener when the reader has gone or has all, at once when he already has. */
  onClose(listener: () => void): void;
  /** The stream is over; idempotent. */
  end(): void;
  /** The reader takes nothing: drop him without waiting for what was not sent. */
  destroy(): void;
}

/** How long a reader may take nothing. */
export interface ReaderLimit {
  readonly clock: Clock;
  /** A reader who takes nothing for this long is dropped; in milliseconds. */
  readonly writeIdle: number;
}

/** How a pump runs. */
export interface PumpOptions extends ReaderLimit {
  readonly framing: Framing;
}

/** Silence after which a comment is sent, in milliseconds: well under the 60 s at which balancers cut. */
export const KEEP_ALIVE_MS = 15_000;

/**
 * Moves a stream into a sink, at the reader's pace: what the sink cannot take pauses the upstream.
 * Runs until the stream ends or the reader leaves, which ends the upstream's exchange.
 */
export function pump(stream: EventStream<unknown>, sink: Sink, options: PumpOptions): void {
  const { framing, clock, writeIdle } = options;
  let silence: Watchdog | undefined;
  let stalled: Watchdog | undefined;
  let over = false;

  function write(bytes: Buffer | string): void {
    silence?.feed();
    if (sink.write(bytes) || stalled !== undefined) return;
    control.pause();
    stalled = startWatchdog(clock, writeIdle, () => {
      stop();
      control.cancel('write_idle');
      sink.destroy();
    });
  }

  function beat(): void {
    if (over) return;
    if (stalled === undefined) sink.write(KEEP_ALIVE);
    silence = startWatchdog(clock, KEEP_ALIVE_MS, beat);
  }

  function stop(): void {
    over = true;
    silence?.[Symbol.dispose]();
    stalled?.[Symbol.dispose]();
  }

  function end(result: StreamEnd): void {
    if (over) return;
    stop();
    sink.write(result.kind === 'complete' ? framing.complete : framing.failed(result.error));
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
  // Most short answers are over by now, and what never is armed costs nothing.
  if (!over) silence = startWatchdog(clock, KEEP_ALIVE_MS, beat);
}

/** Ends a sink. Its reader still has to take what waits for him, and is dropped like any other when he does not. */
export function endSink(sink: Sink, { clock, writeIdle }: ReaderLimit): void {
  const idle = startWatchdog(clock, writeIdle, () => sink.destroy());
  sink.onProgress(() => idle.feed());
  sink.onClose(() => idle[Symbol.dispose]());
  sink.end();
}
