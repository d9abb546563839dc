import { styleText } from 'node:util';
import { pino } from 'pino';
import { printable } from '../lib/printable.ts';
import type { Log } from '../observe/log.ts';
import { type Level, LEVELS } from './flags.ts';
import { createLogBatch, type LogLine } from './log-batch.ts';

/** Lines are made and written by the batch, which waits so long at most; in milliseconds. */
const BATCH_MS = 20;
/** The most that is written at once, in bytes: a batch of long lines. */
const MOST_WRITTEN_BYTES = 64 * 1024;
/** What waits for a reader of the log who has stopped, at most; in bytes. */
const MOST_WAITING_BYTES = 10 * 1024 * 1024;

/**
 * Makes the log: lines for people on a terminal, JSON for everything else. Colours as the terminal and `NO_COLOR` have it. Nobody waits for
 * its reader: past `mostWaiting` bytes lines are dropped, and how many is the first thing he is told when he reads again.
 */
export function createLog(level: Level, mostWaiting = MOST_WAITING_BYTES): Log {
  if (process.stdout.isTTY)
    return logOf(level, (_, fields, message) => void process.stdout.write(`${prettyLine(fields, message)}\n`));
  // Of what listens to the process's end the first is called first, and pino's own writes what is there then.
  process.once('exit', () => batch.flush());
  const destination = pino.destination({
    dest: 1,
    sync: false,
    maxWrite: MOST_WRITTEN_BYTES,
    maxLength: mostWaiting,
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
const NUMBERS = { debug: 20, info: 30, warn: 40 } as const;

/** A line as pino writes it, which allocates some 15 KB for one. */
function jsonLine({ level, fields, message, time }: LogLine): string {
  const members = JSON.stringify(fields).slice(1, -1);
  return `{"level":${NUMBERS[level]},"time":${time},${members === '' ? '' : `${members},`}"msg":${JSON.stringify(message)}}\n`;
}

/** A log that hands on what its level lets through. */
function logOf(level: Level, take: (own: LogLine['level'], fields: object, message: string) => void): Log {
  const at =
    (own: LogLine['level']) =>
    (fields: object, message: string): void => {
      if (LEVELS.indexOf(own) >= LEVELS.indexOf(level)) take(own, fields, message);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn') };
}

type Fields = Readonly<Record<string, unknown>>;

/** One line of what a record says: when, how it ended, who answered after how many attempts, and how long it took. */
export function prettyLine(fields: object, message: string, time = new Date()): string {
  const known: Fields = { ...fields };
  const clock = styleText('dim', time.toTimeString().slice(0, 8));
  if (message !== 'request') return `${clock} ${message} ${Object.values(known).map(shown).filter(Boolean).join(' ')}`;
  const status = Number(known['status']);
  const colour = known['code'] === 'ok' ? 'green' : status >= 500 || status === 200 ? 'red' : 'yellow';
  const attempts = Number(known['attempts']);
  const parts = [
    styleText(colour, known['code'] === 'ok' ? String(status) : `${status} ${shown(known['code'])}`),
    shown(known['operation']) || shown(known['door']),
    known['chain'] === undefined ? '' : `${shown(known['chain'])} > ${served(known)}`,
    attempts > 0 ? `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}` : '',
    known['committedMs'] === undefined ? '' : `first token ${shown(known['committedMs'])} ms`,
    `${shown(known['totalMs'])} ms`,
    styleText('dim', shown(known['requestId'])),
  ];
  return `${clock} ${parts.filter(Boolean).join('  ')}`;
}

function served(known: Fields): string {
  return known['provider'] === undefined ? 'nobody' : `${shown(known['provider'])}/${shown(known['model'])}`;
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
