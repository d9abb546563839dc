/** A line of the log before it is serialized. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
  /** When it was logged, in milliseconds since the epoch. */
  readonly time: number;
}

/** Buffers lines to serialize and write them together. */
export interface LogBatch {
  /** Buffers a line. Its fields must not change any more. */
  add(line: LogLine): void;
  /** Writes all buffered lines now, in their order. */
  flush(): void;
}

/** Most lines of one batch. A gateway may log thousands of requests in a second. */
const MAX_LINES = 64;

/**
 * Creates a batch, which keeps serializing off the path of requests: `write` gets several lines at a time. A line is buffered for at most `ms`
 * milliseconds. Buffered lines do not keep the process alive.
 */
export function createLogBatch(ms: number, write: (lines: readonly LogLine[]) => void): LogBatch {
  let buffered: LogLine[] = [];
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const lines = buffered;
    buffered = [];
    if (lines.length > 0) write(lines);
  }

  return {
    add(line) {
      buffered.push(line);
      if (buffered.length >= MAX_LINES) flush();
      else timer ??= setTimeout(flush, ms).unref();
    },
    flush,
  };
}
