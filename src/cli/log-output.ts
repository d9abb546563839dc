import { pino } from 'pino';
import { systemClock } from '../lib/clock.ts';

/** The log's way to standard output. Its reader delays neither a request nor the end of the process. */
export interface LogOutput {
  /** Writes whole lines, or drops them when the buffer is full. Does nothing once the reader has closed the pipe, and after `close`. */
  write(lines: string): void;
  /** Resolves when everything is written, or after `ms` milliseconds, with the number of bytes that are not. */
  flush(ms: number): Promise<number>;
  /** Stops writing. What is not written yet is lost. Idempotent. */
  close(): void;
}

/** How an output is opened. */
export interface LogOutputOptions {
  /** Most bytes that wait for the reader. */
  readonly maxBuffered: number;
  /** Called when a write was dropped because the buffer is full. */
  readonly onDrop: () => void;
  /** Called whenever nothing waits any more. */
  readonly onDrain: () => void;
}

/** Most bytes of one write: a batch of long lines. */
const MAX_WRITE_BYTES = 64 * 1024;

/**
 * Opens standard output for the log. It must not be a terminal, and `process.stdout` must have been used before: that makes writes to a full
 * pipe fail rather than block.
 */
export function openLogOutput({ maxBuffered, onDrop, onDrain }: LogOutputOptions): LogOutput {
  let waitingBytes = 0;
  let closed = false;
  function close(): void {
    closed = true;
    destination.destroy();
  }
  // Registered before pino's own listener, which writes in a loop until the reader has taken everything.
  process.once('exit', close);
  const destination = pino.destination({
    dest: 1,
    sync: false,
    maxWrite: MAX_WRITE_BYTES,
    maxLength: maxBuffered,
    retryEAGAIN: () => !closed,
  });
  const broken = Promise.withResolvers<void>();
  destination.on('write', (bytes: number) => (waitingBytes -= bytes));
  destination.on('drop', (lines: string) => {
    waitingBytes -= Buffer.byteLength(lines);
    onDrop();
  });
  destination.on('drain', onDrain);
  destination.on('error', ({ code }: NodeJS.ErrnoException) => {
    // Another error may pass, such as a full disk: the next write repeats what has failed.
    if (code !== 'EPIPE') return;
    closed = true;
    waitingBytes = 0;
    broken.resolve();
  });

  return {
    close,
    write(lines) {
      if (closed) return;
      waitingBytes += Buffer.byteLength(lines);
      destination.write(lines);
    },
    async flush(ms) {
      if (waitingBytes === 0) return 0;
      const { promise, resolve } = Promise.withResolvers<void>();
      destination.once('drain', resolve);
      using _ = systemClock.timer(ms, resolve);
      await Promise.race([promise, broken.promise]);
      return waitingBytes;
    },
  };
}
