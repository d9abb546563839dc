import { exec, type WaitMatch } from './duration-in-text.ts';
import {
  AFTER_NOON,
  BEFORE_DATE,
  BEFORE_TIME,
  DATES,
  DAYS_AHEAD,
  EPOCH,
  MONTHS,
  NAMED_TIME,
  TIMES,
  WEEKDAYS,
  ZONE,
  ZONE_BEFORE,
  ZONES,
} from './wordings/date.ts';
import { instantOfWritten, type WrittenDate, type WrittenInstant } from './written-instant.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3600_000;

type Groups = Readonly<Record<string, string | undefined>>;

/** A part of a text and where it ends. */
interface Part<Value> {
  readonly value: Value;
  readonly end: number;
}

/**
 * The time from `now` to the instant that starts at this index of a lower-case text: seconds or milliseconds since the epoch, or a date, a
 * time of day, or both, with or without a zone. Without a zone it is UTC. A date without a year and a time without a date mean the next one;
 * a time of day that is now, to the minute, is not ahead. The result is below or at zero for an instant that has passed. Undefined if no
 * instant starts there. Independent of the machine's clock and zone.
 */
export function instantAt(text: string, start: number, now: number): WaitMatch | undefined {
  const epoch = exec(EPOCH, text, start)?.[0];
  if (epoch !== undefined)
    return { ms: Number(epoch) * (/^\d{13}$/.test(epoch) ? 1 : 1000) - now, end: start + epoch.length };
  const zoneBefore = partAt(ZONE_BEFORE, { text, at: start, read: zoneOf });
  const at = zoneBefore?.end ?? start;
  const written = dateThenTime(text, at) ?? timeThenDate(text, at);
  if (written === undefined) return undefined;
  const { value, end, zone } = written;
  const instant = instantOfWritten({ ...value, zone: zone ?? zoneBefore?.value ?? 'UTC' }, now);
  return instant === undefined ? undefined : { ms: instant - now, end };
}

interface Written extends Part<Omit<WrittenInstant, 'zone'>> {
  readonly zone: string | undefined;
}

function dateThenTime(text: string, at: number): Written | undefined {
  const date = dateAt(text, at);
  if (date === undefined) return undefined;
  const time = timeAt(text, date.end + (exec(BEFORE_TIME, text, date.end)?.[0].length ?? 0));
  // A named day without a time is too vague.
  if (time === undefined && date.value.kind === 'weekday') return undefined;
  const zone = partAt(ZONE, { text, at: time?.end ?? date.end, read: zoneOf });
  const end = zone?.end ?? time?.end ?? date.end;
  return { value: { date: date.value, time: time?.value ?? 0 }, end, zone: zone?.value };
}

function timeThenDate(text: string, at: number): Written | undefined {
  const time = timeAt(text, at);
  if (time === undefined) return undefined;
  const zone = partAt(ZONE, { text, at: time.end, read: zoneOf });
  const end = zone?.end ?? time.end;
  const joint = exec(BEFORE_DATE, text, end);
  const date = joint === null ? undefined : dateAt(text, end + joint[0].length);
  if (date === undefined) return { value: { date: undefined, time: time.value }, end, zone: zone?.value };
  const later = zone ?? partAt(ZONE, { text, at: date.end, read: zoneOf });
  return {
    value: { date: date.value, time: time.value },
    end: Math.max(date.end, later?.end ?? 0),
    zone: later?.value,
  };
}

function dateAt(text: string, at: number): Part<WrittenDate> | undefined {
  for (const pattern of DATES) {
    const date = partAt(pattern, { text, at, read: dateOf });
    if (date !== undefined) return date;
  }
  return undefined;
}

function timeAt(text: string, at: number): Part<number> | undefined {
  const named = exec(NAMED_TIME, text, at);
  if (named !== null) return { value: named[1] === undefined ? 0 : DAY_MS / 2, end: at + named[0].length };
  for (const pattern of TIMES) {
    const time = partAt(pattern, { text, at, read: timeOf });
    if (time !== undefined) return time;
  }
  return undefined;
}

/** What `read` makes of the groups of a sticky pattern; undefined without a match, or if `read` makes nothing of it. */
function partAt<Value>(
  pattern: RegExp,
  {
    text,
    at,
    read,
  }: { readonly text: string; readonly at: number; readonly read: (groups: Groups) => Value | undefined },
): Part<Value> | undefined {
  const match = exec(pattern, text, at);
  const value = match === null ? undefined : read(match.groups ?? {});
  return match === null || value === undefined ? undefined : { value, end: at + match[0].length };
}

function dateOf(groups: Groups): WrittenDate | undefined {
  const { word = '', name = '', first, second } = groups;
  const weekday = WEEKDAYS.get(word);
  if (weekday !== undefined) return { kind: 'weekday', weekday };
  const days = DAYS_AHEAD.get(word);
  if (days !== undefined) return { kind: 'ahead', days };
  const year = groups['year'] === undefined ? undefined : Number(groups['year']);
  // Where both orders are possible, the month is first, as English texts have it.
  if (first !== undefined) {
    const [month, day] = Number(first) > 12 ? [Number(second), Number(first)] : [Number(first), Number(second)];
    return existing({ kind: 'date', year, month, day });
  }
  const month = MONTHS.get(name) ?? Number(groups['month'] ?? Number.NaN);
  return existing({ kind: 'date', year, month, day: Number(groups['day']) });
}

/** The date itself if the calendar has it. */
function existing(date: WrittenDate & { readonly kind: 'date' }): WrittenDate | undefined {
  // A year with a 29th of February, where none is written.
  const { year = 2028, month, day } = date;
  const exact = new Date(Date.UTC(year, month - 1, day));
  return exact.getUTCMonth() === month - 1 && exact.getUTCDate() === day ? date : undefined;
}

function timeOf({ before, after, hour, minute = '0', second = '0' }: Groups): number | undefined {
  const half = before ?? after;
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second.replace(',', '.'))];
  if (hours > 24 || minutes > 59 || seconds >= 61 || (after !== undefined && (hours < 1 || hours > 12)))
    return undefined;
  const shown = half === undefined ? hours : (hours % 12) + (AFTER_NOON.test(half) ? 12 : 0);
  return shown * 3600_000 + minutes * MINUTE_MS + Math.round(seconds * 1000);
}

function zoneOf({ sign, hours = '', minutes = '00', iana, abbreviation }: Groups): string | undefined {
  // No zone is further ahead; "15:00-17:00" has none.
  if (Number(hours) > 14) return undefined;
  if (sign !== undefined) return `${sign === '+' ? '+' : '-'}${hours.padStart(2, '0')}:${minutes}`;
  if (iana !== undefined) return iana;
  return abbreviation !== undefined && Object.hasOwn(ZONES, abbreviation) ? ZONES[abbreviation] : undefined;
}
