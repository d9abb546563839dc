import { styleText } from 'node:util';
import { printable } from '../lib/printable.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One line for people: of a request the time, status, operation, chain and entry, number of attempts, the trail where one failed, durations and ids. */
export function prettyLine(fields: object, message: string, time: Date): string {
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
    shown(known['trail']),
    known['committedMs'] === undefined ? '' : `first token ${shown(known['committedMs'])} ms`,
    `${shown(known['totalMs'])} ms`,
    styleText('dim', [known['requestId'], known['clientRequestId']].map(shown).filter(Boolean).join(' ')),
  ];
  return `${clock} ${parts.filter(Boolean).join('  ')}`;
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
