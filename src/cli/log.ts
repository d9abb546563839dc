import { systemClock } from '../lib/clock.ts';
import type { Log } from '../observe/log.ts';
import { type Level, LEVELS, type LogFormat } from './flags.ts';
import { createLogBatch, type LogLine } from './log-batch.ts';
import { openLogOutput } from './log-output.ts';
import { prettyLine } from './pretty-line.ts';

/** Longest time that a line is buffered, in milliseconds. */
const BATCH_MS = 20;
/** Most bytes that are buffered while the log's reader does not read. */
const MAX_BUFFERED_BYTES = 10 * 1024 * 1024;
/** Longest time that the end of the process waits for the log's reader, in milliseconds. */
const FLUSH_MS = 500;

/** The command's log. Disposing it waits until its lines are written, at most half a second; what is not written then is lost. */
export interface CommandLog extends Log, AsyncDisposable {
  /** Writes whole lines of another process as they are. */
  readonly writeLines: (lines: string) => void;
  /** Writes what is buffered. Resolves when it is written, or after `ms` milliseconds, with the number of bytes that are not. */
  readonly flush: (ms: number) => Promise<number>;
}

/** The log of a worker, whose lines the primary process writes: those of several processes would mix within one pipe. */
export interface WorkerOutput {
  /** The worker's number. */
  readonly number: number;
  /** Sends whole lines. */
  readonly write: (lines: string) => void;
  /** Resolves when what was sent has arrived, or after `ms` milliseconds. Never rejects. */
  readonly flush: (ms: number) => Promise<void>;
}

/** How a log is written. */
export interface LogSettings {
  readonly level: Level;
  /** Lines for people on a terminal, and JSON elsewhere, unless given. */
  readonly format?: LogFormat | undefined;
  /** The worker whose log it is; undefined in a process that writes standard output itself. */
  readonly worker?: WorkerOutput | undefined;
  /** Most bytes that are buffered while the reader does not read; 10 MB unless given. */
  readonly maxBuffered?: number | undefined;
}

/**
 * Creates the log on standard output. Lines for people have colours on a terminal only, and never with `NO_COLOR`. A slow reader of the log never
 * delays a request: above `maxBuffered` bytes lines are dropped, and once the reader reads again, `log_lines_dropped` reports how many. Dispose it
 * before the process exits.
 */
export function createLog({ level, format, worker, maxBuffered = MAX_BUFFERED_BYTES }: LogSettings): CommandLog {
  const isTerminal = process.stdout.isTTY;
  const textOf = (format ?? (isTerminal ? 'pretty' : 'json')) === 'pretty' ? prettyText : jsonLine;
  if (worker !== undefined) return createWorkerLog(level, textOf, worker);
  if (isTerminal) return createTerminalLog(level, textOf);
  /** How many lines are being written. */
  let writing: (() => number) | undefined;
  let dropped = 0;
  const output = openLogOutput({
    maxBuffered,
    onDrop: () => void (dropped += writing?.() ?? 0),
    onDrain() {
      if (dropped === 0) return;
      const lines = dropped;
      dropped = 0;
      log.warn({ lines }, 'log_lines_dropped');
    },
  });
  const batch = createLogBatch(BATCH_MS, (lines) => {
    writing = () => lines.length;
    output.write(lines.map((line) => textOf(line)).join(''));
  });
  const log = logOf(level, (own, fields, message) => batch.add({ level: own, fields, message, time: Date.now() }));
  const flush = async (ms: number): Promise<number> => {
    batch.flush();
    return output.flush(ms);
  };
  return {
    ...log,
    writeLines(lines) {
      writing = () => lines.split('\n').length - 1;
      output.write(lines);
    },
    flush,
    async [Symbol.asyncDispose]() {
      const deadline = systemClock.now() + FLUSH_MS;
      await flush(FLUSH_MS);
      // With the line about dropped ones, which is made once the others are written.
      const lost = await flush(Math.max(0, deadline - systemClock.now()));
      output.close();
      if (lost > 0)
        process.stderr.write(`spillway: ${lost} bytes of the log are lost, because nothing reads standard output\n`);
    },
  };
}

/** A log on a terminal, which takes each line at once. */
function createTerminalLog(level: Level, textOf: TextOf): CommandLog {
  return {
    ...logOf(level, (own, fields, message) => {
      process.stdout.write(textOf({ level: own, fields, message, time: Date.now() }));
    }),
    writeLines: (lines) => void process.stdout.write(lines),
    flush: () => Promise.resolve(0),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A log whose lines another process writes. */
function createWorkerLog(level: Level, textOf: TextOf, { number, write, flush: arrived }: WorkerOutput): CommandLog {
  const batch = createLogBatch(BATCH_MS, (lines) => write(lines.map((line) => textOf(line, number)).join('')));
  const flush = async (ms: number): Promise<number> => {
    batch.flush();
    await arrived(ms);
    return 0;
  };
  return {
    ...logOf(level, (own, fields, message) => batch.add({ level: own, fields, message, time: Date.now() })),
    writeLines: write,
    flush,
    [Symbol.asyncDispose]: async () => void (await flush(FLUSH_MS)),
  };
}

/** Serializes a line, with the number of its worker where it has one. */
type TextOf = (line: LogLine, worker?: number) => string;

function prettyText({ fields, message, time }: LogLine, worker?: number): string {
  return `${worker === undefined ? '' : `w${worker} `}${prettyLine(fields, message, new Date(time))}\n`;
}

/** The numbers of pino's levels. */
const LEVEL_NUMBERS = { debug: 20, info: 30, warn: 40, error: 50 } as const;

/** A line in pino's format. pino itself allocates about 15 KB for each. */
function jsonLine({ level, fields, message, time }: LogLine, worker?: number): string {
  const members = JSON.stringify(fields).slice(1, -1);
  const from = worker === undefined ? '' : `"worker":${worker},`;
  return `{"level":${LEVEL_NUMBERS[level]},"time":${time},${from}${members === '' ? '' : `${members},`}"msg":${JSON.stringify(message)}}\n`;
}

/** A log that writes lines of a level and above. */
function logOf(level: Level, write: (own: LogLine['level'], fields: object, message: string) => void): Log {
  const at =
    (own: LogLine['level']) =>
    (fields: object, message: string): void => {
      if (LEVELS.indexOf(own) >= LEVELS.indexOf(level)) write(own, fields, message);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
