import { styleText } from 'node:util';
import { systemClock } from '../lib/clock.ts';
import { printable } from '../lib/printable.ts';
import type { Log } from '../observe/log.ts';
import { type Level, LEVELS } from './flags.ts';
import { createLogBatch, type LogLine } from './log-batch.ts';
import { openLogOutput } from './log-output.ts';

/** Longest time that a line is buffered, in milliseconds. */
const BATCH_MS = 20;
/** Most bytes that are buffered while the log's reader does not read. */
const MAX_BUFFERED_BYTES = 10 * 1024 * 1024;
/** Longest time that the end of the process waits for the log's reader, in milliseconds. */
const FLUSH_MS = 500;

/** The command's log. Disposing it waits until its lines are written, at most half a second; what is not written then is lost. */
export interface CommandLog extends Log, AsyncDisposable {
  /** Writes what is buffered. Resolves when it is written, or after `ms` milliseconds, with the number of bytes that are not. */
  readonly flush: (ms: number) => Promise<number>;
}

/**
 * Creates the log on standard output: lines for people on a terminal, JSON otherwise. Colours follow the terminal and `NO_COLOR`. A slow reader
 * of the log never delays a request: above `maxBuffered` bytes lines are dropped, and once the reader reads again, `log_lines_dropped` reports
 * how many. Dispose it before the process exits.
 */
export function createLog(level: Level, maxBuffered = MAX_BUFFERED_BYTES): CommandLog {
  if (process.stdout.isTTY) return createTerminalLog(level);
  let writing = 0;
  let dropped = 0;
  const output = openLogOutput({
    maxBuffered,
    onDrop: () => void (dropped += writing),
    onDrain() {
      if (dropped === 0) return;
      const lines = dropped;
      dropped = 0;
      log.warn({ lines }, 'log_lines_dropped');
    },
  });
  const batch = createLogBatch(BATCH_MS, (lines) => {
    writing = lines.length;
    output.write(lines.map(jsonLine).join(''));
  });
  const log = logOf(level, (own, fields, message) => batch.add({ level: own, fields, message, time: Date.now() }));
  const flush = async (ms: number): Promise<number> => {
    batch.flush();
    return output.flush(ms);
  };
  return {
    ...log,
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

/** A log for people, which the terminal takes at once. */
function createTerminalLog(level: Level): CommandLog {
  return {
    ...logOf(level, (_, fields, message) => void process.stdout.write(`${prettyLine(fields, message)}\n`)),
    flush: () => Promise.resolve(0),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** The numbers of pino's levels. */
const LEVEL_NUMBERS = { debug: 20, info: 30, warn: 40, error: 50 } as const;

/** A line in pino's format. pino itself allocates about 15 KB for each. */
function jsonLine({ level, fields, message, time }: LogLine): string {
  const members = JSON.stringify(fields).slice(1, -1);
  return `{"level":${LEVEL_NUMBERS[level]},"time":${time},${members === '' ? '' : `${members},`}"msg":${JSON.stringify(message)}}\n`;
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

type Fields = Readonly<Record<string, unknown>>;

/** One line for people: of a request the time, status, operation, chain and entry, number of attempts, those that failed, durations and ids. */
export function prettyLine(fields: object, message: string, time = new Date()): string {
  const known: Fields = { ...fields };
  const clock = styleText('dim', time.toTimeString().slice(0, 8));
  if (message !== 'request') return `${clock} ${message} ${Object.values(known).map(shown).filter(Boolean).join(' ')}`;
  const status = Number(known['status']);
  const disconnected = known['code'] === 'client_closed';
  const failed = !disconnected && (status >= 500 || status === 200);
  const colour = known['code'] === 'ok' ? 'green' : failed ? 'red' : 'yellow';
  const attempts = Number(known['attempts']);
  const parts = [
    styleText(colour, known['code'] === 'ok' ? String(status) : `${status} ${shown(known['code'])}`),
    known['path'] === undefined ? '' : `${shown(known['method'])} ${shown(known['path'])}`,
    shown(known['operation']) || shown(known['door']),
    known['chain'] === undefined ? '' : `${shown(known['chain'])} > ${entryOf(known)}`,
    attempts > 0 ? `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}` : '',
    shownTrail(known['trail']),
    known['committedMs'] === undefined ? '' : `first token ${shown(known['committedMs'])} ms`,
    `${shown(known['totalMs'])} ms`,
    styleText('dim', [known['requestId'], known['clientRequestId']].map(shown).filter(Boolean).join(' ')),
  ];
  return `${clock} ${parts.filter(Boolean).join('  ')}`;
}

/** The failed attempts, as `not groq/llama (throttled 429)`. */
function shownTrail(trail: unknown): string {
  if (!Array.isArray(trail)) return '';
  const steps = trail.map((step: Fields) => {
    if (step['omitted'] !== undefined) return `${shown(step['omitted'])} more`;
    const how = [step['outcome'], step['reason'], step['status'], step['message']].map(shown).filter(Boolean).join(' ');
    return `${entryOf(step)} (${how})`;
  });
  return `not ${steps.join(', ')}`;
}

function entryOf(known: Fields): string {
  return known['provider'] === undefined ? 'none' : `${shown(known['provider'])}/${shown(known['model'])}`;
}

function shown(value: unknown): string {
  const text =
    typeof value === 'number'
      ? String(Math.round(value))
      : Array.isArray(value)
        ? value.join('; ')
        : typeof value === 'string'
          ? value
          : '';
  return printable(text);
}
