import { styleText } from 'node:util';
import { pino } from 'pino';
import { printable } from '../lib/printable.ts';
import type { Log } from '../observe/log.ts';
import { type Level, LEVELS } from './flags.ts';
import { createLogBatch, type LogLine } from './log-batch.ts';

/** Longest time that a line is buffered, in milliseconds. */
const BATCH_MS = 20;
/** Most bytes of one write: a batch of long lines. */
const MAX_WRITE_BYTES = 64 * 1024;
/** Most bytes that are buffered while the log's reader does not read. */
const MAX_BUFFERED_BYTES = 10 * 1024 * 1024;

/**
 * Creates the log on standard output: lines for people on a terminal, JSON otherwise. Colours follow the terminal and `NO_COLOR`. A slow reader
 * of the log never delays a request: above `maxBuffered` bytes lines are dropped, and once the reader reads again, `log_lines_dropped` reports
 * how many. Flushes when the process exits.
 */
export function createLog(level: Level, maxBuffered = MAX_BUFFERED_BYTES): Log {
  if (process.stdout.isTTY)
    return logOf(level, (_, fields, message) => void process.stdout.write(`${prettyLine(fields, message)}\n`));
  // Registered before pino's own exit listener, which writes what is in its buffer at that time.
  process.once('exit', () => batch.flush());
  const destination = pino.destination({
    dest: 1,
    sync: false,
    maxWrite: MAX_WRITE_BYTES,
    maxLength: maxBuffered,
  });
  let writing = 0;
  let dropped = 0;
  const batch = createLogBatch(BATCH_MS, (lines) => {
    writing = lines.length;
    destination.write(lines.map(jsonLine).join(''));
  });
  const log = logOf(level, (own, fields, message) => batch.add({ level: own, fields, message, time: Date.now() }));
  destination.on('drop', () => (dropped += writing));
  destination.on('drain', () => {
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    log.warn({ lines }, 'log_lines_dropped');
  });
  return log;
}

/** The numbers of pino's levels. */
const LEVEL_NUMBERS = { debug: 20, info: 30, warn: 40 } as const;

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
  return { debug: at('debug'), info: at('info'), warn: at('warn') };
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
