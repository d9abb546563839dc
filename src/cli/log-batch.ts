/** A line of the log that is still to be made. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn';
  readonly fields: object;
  readonly message: string;
  /** When it was said, milliseconds since the epoch. */
  readonly time: number;
}

/** Lines that are made together. */
export interface LogBatch {
  /** Takes a line, which is made soon; its fields must not change any more. */
  add(line: LogLine): void;
  /** Makes those that wait, in their order. */
  flush(): void;
}

/** So many are made at once; the requests of a second may be thousands. */
const MOST_LINES = 64;

/**
 * Makes lines off the way of their requests, several at a time. None waits for more than `ms` milliseconds, and none of them keeps the
 * process alive.
 */
export function createLogBatch(ms: number, make: (lines: readonly LogLine[]) => void): LogBatch {
  let waiting: LogLine[] = [];
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const lines = waiting;
    waiting = [];
    if (lines.length > 0) make(lines);
  }

  return {
    add(line) {
      waiting.push(line);
      if (waiting.length >= MOST_LINES) flush();
      else timer ??= setTimeout(flush, ms).unref();
    },
    flush,
  };
}
