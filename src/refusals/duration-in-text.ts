import {
  AMOUNT,
  BETWEEN_AMOUNTS,
  CHINESE_NUMBERS,
  CLOCK_DURATION,
  DURATION_UNITS,
  ISO_DURATION,
  NUMBER_WORDS,
} from './wordings/duration.ts';

/** A duration, or the time to an instant, in milliseconds, and where it ends in its text. */
export interface WaitMatch {
  readonly ms: number;
  readonly end: number;
}

/** Milliseconds of each unit. A month counts as 30 days. */
const UNIT_MS: Readonly<Record<(typeof DURATION_UNITS)[number], number>> = {
  mo: 30 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};
/** No duration has more amounts than there are units. */
const MAX_AMOUNTS = DURATION_UNITS.length;

/**
 * The duration that starts at this index of a lower-case text: amounts with their units in any supported language (`1 hour 30 minutes`,
 * `7m12s`, `30 秒`) or in ISO 8601 (`pt30s`). Undefined if there is none.
 */
export function durationAt(text: string, start: number): WaitMatch | undefined {
  const iso = exec(ISO_DURATION, text, start);
  if (iso !== null) {
    const [match, days, hours, minutes, seconds] = iso;
    return { ms: sumOf([days, hours, minutes, seconds?.replace(',', '.')]), end: start + match.length };
  }
  let sum: number | undefined;
  let end = start;
  let at = start;
  for (let count = 0; count < MAX_AMOUNTS; count++) {
    const match = exec(AMOUNT, text, at);
    if (match === null) break;
    sum = (sum ?? 0) + amountOf(match);
    end = at + match[0].length;
    at = end + (exec(BETWEEN_AMOUNTS, text, end)?.[0].length ?? 0);
  }
  return sum === undefined ? undefined : { ms: sum, end };
}

/** A duration in a clock's notation. */
interface ClockDuration extends WaitMatch {
  /** Whether it has a number of days, which a time of day never has. */
  readonly hasDays: boolean;
}

/** The duration in a clock's notation that starts at this index: `00:47:11`, and with days `1.02:03:04`. Undefined if there is none. */
export function clockDurationAt(text: string, start: number): ClockDuration | undefined {
  const match = exec(CLOCK_DURATION, text, start);
  if (match === null) return undefined;
  const [whole, days, hours, minutes, seconds] = match;
  return {
    ms: sumOf([days, hours, minutes, seconds]),
    end: start + whole.length,
    hasDays: days !== undefined,
  };
}

/** The match of a sticky pattern at an index. */
export function exec(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function amountOf([, number = '', ...units]: RegExpExecArray): number {
  const unit = DURATION_UNITS[units.findIndex((each) => each !== undefined) % DURATION_UNITS.length] ?? 'ms';
  return (/\d/.test(number) ? decimal(number) : (NUMBER_WORDS[number] ?? chineseNumber(number))) * UNIT_MS[unit];
}

/** A Chinese number below 100: 三十五 is 35. */
function chineseNumber(numerals: string): number {
  let number = 0;
  for (const numeral of numerals) {
    const value = CHINESE_NUMBERS[numeral] ?? 0;
    number = value === 10 ? Math.max(1, number) * 10 : number + value;
  }
  return number;
}

/** A number with separators of thousands or a decimal comma: `1,800`, `1,5`. A single point is always decimal. */
function decimal(number: string): number {
  const thousands = /^\d{1,3}(?:(?:,\d{3})+|(?:\.\d{3}){2,})(?!\d)/.exec(number)?.[0];
  if (thousands === undefined) return Number(number.replace(',', '.'));
  return Number(thousands.replaceAll(/[.,]/g, '') + number.slice(thousands.length).replace(',', '.'));
}

function sumOf([days = '0', hours = '0', minutes = '0', seconds = '0']: readonly (string | undefined)[]): number {
  return (
    Number(days) * UNIT_MS.d + Number(hours) * UNIT_MS.h + Number(minutes) * UNIT_MS.m + Number(seconds) * UNIT_MS.s
  );
}
