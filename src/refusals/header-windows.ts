import { isDaily, type LimitRules, type WindowName } from '../domain/limits.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import { type HeaderDimension, type HeaderPart, meaningOf } from './limit-headers.ts';
import type { ReadOptions } from './read-options.ts';
import { firstOf, isInstant, parseWait } from './wait.ts';
import { isLikelyDay, isShorterThanMinute } from './window-length.ts';
import { windowName } from './window-name.ts';

/** What headers say about one window. */
export interface HeaderWindow {
  readonly window: WindowName;
  /** Whether the headers' names or the provider's rules identify the window; otherwise the distance of its reset does. */
  readonly certain: boolean;
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  /** Milliseconds since the epoch. */
  readonly resetAt: number | undefined;
  /** Whether the header gives the reset as an instant and not as a duration. */
  readonly resetIsInstant: boolean;
}

/** The headers' values for one dimension; empty where a header is missing. */
type Parts = Record<HeaderPart, string>;

const NONE: readonly HeaderWindow[] = Object.freeze([]);
const MINUTE_MS = 60_000;
/** How far a provider's clock may differ from ours. */
const CLOCK_SKEW_MS = 10_000;
/** A larger number is not a count. */
const MAX_COUNT = 1e12;

/**
 * The windows that a reply's headers describe, each once. If several dimensions are the same window, the one with the smallest remaining
 * share is returned.
 */
export function windowsIn(headers: ReplyHead['headers'], options: ReadOptions): readonly HeaderWindow[] {
  const dimensions = partsByDimension(headers);
  if (dimensions === undefined) return NONE;
  const found = new Map<WindowName, HeaderWindow>();
  for (const [dimension, parts] of dimensions) {
    const each = headerWindow(dimension, parts, options);
    const other = each === undefined ? undefined : found.get(each.window);
    if (each !== undefined && (other === undefined || isTighter(each, other))) found.set(each.window, each);
  }
  return found.size === 0 ? NONE : [...found.values()];
}

/** Whether it is a window of a day. */
export function isDay({ window }: Pick<HeaderWindow, 'window'>): boolean {
  return isDaily(window);
}

function partsByDimension(headers: ReplyHead['headers']): Map<HeaderDimension, Parts> | undefined {
  let dimensions: Map<HeaderDimension, Parts> | undefined;
  for (const name of Object.keys(headers)) {
    const meaning = meaningOf(name);
    const value = meaning === undefined ? undefined : firstOf(headers[name]);
    if (meaning === undefined || value === undefined) continue;
    const [dimension, part] = meaning;
    dimensions ??= new Map();
    const parts = dimensions.get(dimension);
    if (parts === undefined) dimensions.set(dimension, { limit: '', remaining: '', reset: '', [part]: value });
    else parts[part] = value;
  }
  return dimensions;
}

function headerWindow(dimension: HeaderDimension, parts: Parts, options: ReadOptions): HeaderWindow | undefined {
  const { rules, now } = options;
  const { reset } = parts;
  const limit = parseHeaderCount(parts.limit);
  // A limit of 0 may mean that there is no limit.
  if (limit === 0) return undefined;
  const remaining = parseHeaderCount(parts.remaining);
  const wait = parseWait(reset, now);
  const resetAt = wait === undefined ? undefined : now + wait;
  const resetIsInstant = isInstant(reset);
  const far = rules.refills
    ? isLikelyDay(wait ?? 0, reset, { limit, remaining })
    : (wait ?? 0) > MINUTE_MS + (resetIsInstant ? CLOCK_SKEW_MS : 0);
  const identified = isShorterThanMinute({ period: dimension.period, wait }, { limit, remaining }, rules)
    ? undefined
    : identifyWindow(dimension, rules, far ? 'far' : 'near');
  if (identified !== undefined) {
    if (limit === undefined && remaining === undefined) return undefined;
    const atMostLimit = remaining === undefined ? undefined : Math.min(remaining, limit ?? remaining);
    return { ...identified, limit, remaining: atMostLimit, resetAt, resetIsInstant };
  }
  // The limit of an unknown window may be one per second. A remaining count of 0 holds until the reset, whichever window it is.
  if (remaining !== 0 || resetAt === undefined) return undefined;
  const window = windowName(dimension.counts, far ? 'day' : 'minute');
  return { window, certain: false, limit: undefined, remaining, resetAt, resetIsInstant };
}

/** Identifies a dimension's window by its name, by the provider's rules or by a far reset; undefined if none of them does. */
function identifyWindow(
  { counts, period, named }: HeaderDimension,
  rules: LimitRules,
  reset: 'near' | 'far',
): Pick<HeaderWindow, 'window' | 'certain'> | undefined {
  if (period !== undefined) return { window: windowName(counts, period), certain: true };
  const ruled = counts === 'requests' ? rules.requestsWindow : rules.tokensWindow;
  const day = windowName(counts, 'day');
  if (ruled === day) return { window: day, certain: true };
  // A minute in the rules is only a default, so it says nothing about headers that do not even name what they count.
  if (!named) return undefined;
  if (reset === 'far') return { window: day, certain: false };
  return ruled === undefined ? undefined : { window: ruled, certain: true };
}

function isTighter(one: HeaderWindow, other: HeaderWindow): boolean {
  if (one.certain !== other.certain) return one.certain;
  const [share, otherShare] = [remainingShare(one), remainingShare(other)];
  return share === otherShare ? (one.remaining ?? Infinity) < (other.remaining ?? Infinity) : share < otherShare;
}

/** The share of a window that remains; without a limit all of it, unless nothing remains. */
function remainingShare({ limit, remaining }: HeaderWindow): number {
  if (remaining === undefined || remaining === 0) return remaining ?? 1;
  return limit === undefined ? 1 : remaining / limit;
}

/** Parses a count, rounded down; undefined if it is not one. */
function parseHeaderCount(text: string): number | undefined {
  const number = text.trim() === '' ? Number.NaN : Math.floor(Number(text));
  return number >= 0 && number <= MAX_COUNT ? number : undefined;
}
