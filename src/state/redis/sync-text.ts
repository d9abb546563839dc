import { type LimitRules, type LimitSource, WINDOW_NAMES, type WindowName } from '../../domain/limits.ts';
import type { WindowObstacle } from '../counter-windows.ts';
import type {
  Change,
  KeyReport,
  KeyStatus,
  SharedTaken,
  SharedWindow,
  SyncReply,
  SyncRequest,
} from '../shared/counts.ts';

/** An amount or a time that may be absent, as Lua tests it. */
type Absent = number | false;

const SOURCES: readonly LimitSource[] = ['configured', 'learned', 'observed'];
const INDEX: Readonly<Record<WindowName, number>> = {
  requestsPerMinute: 1,
  tokensPerMinute: 2,
  requestsPerDay: 3,
  tokensPerDay: 4,
};
const FORGET = Object.freeze([3]);

/** Writes a request for the script: lists in place of objects, which are shorter and quicker to read. `now`: milliseconds since the epoch, or undefined for the server's. */
export function writeSync({ process, number, lease, keys, takes }: SyncRequest, now: number | undefined): string {
  const demands: number[] = [];
  for (const { parts } of takes) {
    demands.push(parts.length);
    for (const { key, tokens, minimumTokens } of parts) demands.push(key, tokens, minimumTokens);
  }
  return JSON.stringify([now ?? false, process, number, lease, keys.map(writeKey), demands]);
}

function writeKey({ rules, limits, booked, changes, ends }: KeyReport): readonly unknown[] {
  const { requestsPerMinute, tokensPerMinute, requestsPerDay, tokensPerDay } = booked;
  return [
    writeRules(rules),
    [...WINDOW_NAMES.map((name) => limits[name] ?? -1), limits.concurrency ?? -1],
    [booked.running, requestsPerMinute, tokensPerMinute, requestsPerDay, tokensPerDay],
    changes.map(writeChange),
    WINDOW_NAMES.map((name) => ends[name] ?? -1),
  ];
}

function writeRules({ minute, day, refills }: LimitRules): readonly number[] {
  return [minute === 'rolling' ? 1 : 0, day === 'rolling' ? 0 : day === 'UTC' ? 1 : 2, refills ? 1 : 0];
}

function writeChange(change: Change): readonly (Absent | readonly number[])[] {
  switch (change.kind) {
    case 'spent':
      return [0, INDEX[change.window], change.amount, change.until, change.limit ?? false];
    case 'observed': {
      const { observation, amount, until, mark } = change;
      const { window, limit = false, remaining = false, resetAt = false } = observation;
      const sent = mark !== undefined && [mark.spent, mark.unobserved, mark.raised, mark.lowered, mark.end];
      return [1, INDEX[window], limit, remaining, resetAt, amount, until, sent];
    }
    case 'learned':
      return [2, INDEX[change.window], change.limit];
    case 'forget_limits':
      return FORGET;
  }
}

/** Reads what the script has answered. Throws a TypeError or a SyntaxError for what no script of ours answers. */
export function readSync(text: unknown): SyncReply {
  const reply: unknown = JSON.parse(String(text));
  if (!Array.isArray(reply) || !Array.isArray(reply[1]) || !Array.isArray(reply[2])) throw new TypeError('not a reply');
  return { now: Number(reply[0]), keys: reply[1].map(readStatus), takes: reply[2].map(readTaken) };
}

const TAKEN: SharedTaken = Object.freeze({ kind: 'taken' });

function readTaken(taken: unknown): SharedTaken {
  if (!Array.isArray(taken)) return TAKEN;
  return { kind: 'refused', part: Number(taken[0]), obstacle: readObstacle(taken) };
}

function readObstacle([, tooLarge, index, value]: readonly unknown[]): WindowObstacle {
  const window = WINDOW_NAMES[Number(index)];
  if (window === undefined) return { kind: 'limited', window: 'concurrency', retryAt: undefined };
  return tooLarge === 1
    ? { kind: 'too_large', window, limit: Number(value) }
    : { kind: 'limited', window, retryAt: numberOf(value) };
}

function readStatus(status: unknown): KeyStatus {
  if (!Array.isArray(status)) throw new TypeError('not a status');
  const [processes, place, conflict, running, ...values] = status;
  const windows: SharedWindow[] = [];
  for (let at = 0; at < values.length; at += 10) windows.push(readWindow(values.slice(at, at + 10)));
  return {
    running: Number(running),
    processes: Number(processes),
    place: Number(place),
    conflict: conflict === 1,
    windows,
  };
}

function readWindow(values: readonly unknown[]): SharedWindow {
  const [index, limit, source, used, reserved, resetAt, ...mark] = values;
  const [spent = 0, unobserved = 0, raised = 0, lowered = 0] = mark.map(Number);
  const window = WINDOW_NAMES[Number(index)];
  if (window === undefined) throw new TypeError('not a window');
  return {
    window,
    limit: numberOf(limit),
    source: SOURCES[Number(source)] ?? 'configured',
    used: Number(used),
    reserved: Number(reserved),
    resetAt: numberOf(resetAt),
    spent,
    unobserved,
    raised,
    lowered,
  };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
