import { isDaily, type LimitRules, type WindowName } from '../domain/limits.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import type { ReadOptions } from './read-options.ts';
import { type Counted, type HeaderPart, meaningOf } from './limit-headers.ts';
import { isOfDay, isShort } from './window-length.ts';
import { firstOf, isMoment, readWait } from './wait.ts';

/** What headers tell of one window, and how minimumTokens. */
export interface HeaderWindow {
  readonly window: WindowName;
  /** Whether its name or its vendor's row says which window it is; otherwise the distance of its reset does. */
  readonly sure: boolean;
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  /** Milliseconds since the epoch. */
  readonly resetAt: number | undefined;
  /** Whether the reset was told as a moment and not as a duration. */
  readonly moment: boolean;
}

/** What is told of one dimension; empty where nothing is. */
type Parts = Record<HeaderPart, string>;

const NONE: readonly HeaderWindow[] = Object.freeze([]);
const MINUTE_MS = 60_000;
/** How far a vendor's clock may be from ours. */
const SKEW_MS = 10_000;
/** More than this of anything is no count. */
const LARGEST_COUNT = 1e12;

/** What a reply's headers tell of windows, each once: of several dimensions that are the same window the one with least left by share. */
export function windowsIn(headers: ReplyHead['headers'], by: ReadOptions): readonly HeaderWindow[] {
  let parts: Map<Counted, Parts> | undefined;
  for (const name of Object.keys(headers)) {
    const meaning = meaningOf(name);
    const value = meaning === undefined ? undefined : firstOf(headers[name]);
    if (meaning === undefined || value === undefined) continue;
    const [dimension, part] = meaning;
    parts ??= new Map();
    const told = parts.get(dimension);
    if (told === undefined) parts.set(dimension, { limit: '', remaining: '', reset: '', [part]: value });
    else told[part] = value;
  }
  if (parts === undefined) return NONE;
  const found = new Map<WindowName, HeaderWindow>();
  for (const [dimension, told] of parts) {
    const each = windowOf(dimension, told, by);
    const other = each === undefined ? undefined : found.get(each.window);
    if (each !== undefined && (other === undefined || isTighter(each, other))) found.set(each.window, each);
  }
  return found.size === 0 ? NONE : [...found.values()];
}

function windowOf(dimension: Counted, told: Parts, by: ReadOptions): HeaderWindow | undefined {
  const { reset } = told;
  const limit = count(told.limit);
  // Of a limit of nothing nobody knows whether it is one.
  if (limit === 0) return undefined;
  const remaining = count(told.remaining);
  const wait = readWait(reset, by.now);
  const resetAt = wait === undefined ? undefined : by.now + wait;
  const moment = isMoment(reset);
  const far = by.rules.refills
    ? isOfDay(wait ?? 0, reset, { limit, remaining })
    : (wait ?? 0) > MINUTE_MS + (moment ? SKEW_MS : 0);
  const ruled = isShort({ period: dimension.period, wait }, { limit, remaining }, by.rules)
    ? undefined
    : ruledWindow(dimension, by.rules, far);
  if (ruled !== undefined) {
    if (limit === undefined && remaining === undefined) return undefined;
    const left = remaining === undefined ? undefined : Math.min(remaining, limit ?? remaining);
    return { ...ruled, limit, remaining: left, resetAt, moment };
  }
  // Of an unknown window a limit may be one a second. That nothing is left holds until its reset, whatever it is.
  if (remaining !== 0 || resetAt === undefined) return undefined;
  const window = named(dimension.counts, far ? 'day' : 'minute');
  return { window, sure: false, limit: undefined, remaining, resetAt, moment };
}

/** Which window a dimension is, where its name, its vendor's row or a far reset says so. */
function ruledWindow(
  { counts, period, named: isNamed }: Counted,
  rules: LimitRules,
  far: boolean,
): Pick<HeaderWindow, 'window' | 'sure'> | undefined {
  if (period !== undefined) return { window: named(counts, period), sure: true };
  const ruled = counts === 'requests' ? rules.requestsWindow : rules.tokensWindow;
  const day = named(counts, 'day');
  if (ruled === day) return { window: day, sure: true };
  // A minute is what is assumed where nobody knows, and so says nothing of headers that do not even name what they count.
  if (!isNamed) return undefined;
  if (far) return { window: day, sure: false };
  return ruled === undefined ? undefined : { window: ruled, sure: true };
}

function named(counts: Counted['counts'], period: 'minute' | 'day'): WindowName {
  if (counts === 'requests') return period === 'day' ? 'requestsPerDay' : 'requestsPerMinute';
  return period === 'day' ? 'tokensPerDay' : 'tokensPerMinute';
}

function isTighter(one: HeaderWindow, other: HeaderWindow): boolean {
  if (one.sure !== other.sure) return one.sure;
  const [share, least] = [shareOf(one), shareOf(other)];
  return share === least ? (one.remaining ?? Infinity) < (other.remaining ?? Infinity) : share < least;
}

/** Which part of a window is left; where the whole of it is not told, all unless nothing is. */
function shareOf({ limit, remaining }: HeaderWindow): number {
  if (remaining === undefined || remaining === 0) return remaining ?? 1;
  return limit === undefined ? 1 : remaining / limit;
}

/** Reads a whole number that counts something; undefined for what is none. */
function count(text: string): number | undefined {
  const number = text.trim() === '' ? Number.NaN : Math.floor(Number(text));
  return number >= 0 && number <= LARGEST_COUNT ? number : undefined;
}

/** Whether it is a window of a day. */
export function isDay({ window }: Pick<HeaderWindow, 'window'>): boolean {
  return isDaily(window);
}
