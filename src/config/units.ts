import { z } from 'zod';
import { LONGEST_TIMER_MS } from '../lib/clock.ts';

const MILLISECONDS: Readonly<Record<string, number>> = Object.freeze({ ms: 1, s: 1000, m: 60_000, h: 3600_000 });
const WITH_DAYS: Readonly<Record<string, number>> = Object.freeze({ ...MILLISECONDS, d: 24 * 3600_000 });
const BYTES: Readonly<Record<string, number>> = Object.freeze({ b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 });

/**
 * Schema of a duration: a number of milliseconds, or `250ms`, `5s`, `10m`, `1h`. Parses to milliseconds. Refuses zero, negative values and
 * values that are too long for a timer.
 */
export const duration = amountSchema('Milliseconds, or 250ms, 5s, 10m, 1h.').transform((value, context) => {
  const ms = parseAmount(value, MILLISECONDS);
  if (ms === undefined)
    return refuse(context, `${quoted(value)} is not a duration; write milliseconds or 250ms, 5s, 10m, 1h`);
  if (!(ms > 0)) return refuse(context, `${quoted(value)} is too short; a duration must be above zero`);
  if (ms > LONGEST_TIMER_MS)
    return refuse(context, `${quoted(value)} is too long; a timer takes at most ${LONGEST_TIMER_MS} ms (24 days)`);
  return ms;
});

/** Schema of a duration from `min` to `max` milliseconds; larger ones than a timer takes are possible. Parses to milliseconds. */
export function durationWithin(min: number, max: number) {
  return amountSchema('Milliseconds, or 250ms, 5s, 10m, 1h, 30d.').transform((value, context) => {
    const ms = parseAmount(value, WITH_DAYS);
    if (ms === undefined)
      return refuse(context, `${quoted(value)} is not a duration; write milliseconds or 250ms, 5s, 10m, 1h, 30d`);
    if (ms >= min && ms <= max) return ms;
    return refuse(context, `must be from ${inWords(min)} to ${inWords(max)}`);
  });
}

function inWords(ms: number): string {
  if (ms % (48 * 3600_000) === 0) return `${ms / (24 * 3600_000)}d`;
  if (ms % 3600_000 === 0) return `${ms / 3600_000}h`;
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** Schema of a size: a number of bytes, or `512kb`, `20mb`, `1gb` (powers of 1024). Parses to whole bytes, at most 2 GB. */
export const size = amountSchema('Bytes, or 512kb, 20mb.').transform((value, context) => {
  const bytes = parseAmount(value, BYTES);
  if (bytes === undefined || !(bytes >= 1) || bytes > 2 ** 31)
    return refuse(context, `${quoted(value)} is not a size; write bytes or 512kb, 20mb`);
  return Math.floor(bytes);
});

function amountSchema(description: string) {
  return z.union([z.number(), z.string()]).meta({ description });
}

/** Parses a duration of any length to milliseconds; days, too. Undefined for what is no duration. */
export function parseDuration(text: string): number | undefined {
  return parseAmount(text, WITH_DAYS);
}

/** Parses a number with an optional unit. Undefined for anything else. */
function parseAmount(value: number | string, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(value);
  if (match?.[1] === undefined) return undefined;
  const name = (match[2] ?? '').toLowerCase();
  const unit = name === '' ? 1 : Object.hasOwn(units, name) ? units[name] : undefined;
  return unit === undefined ? undefined : Number(match[1]) * unit;
}

function refuse(context: z.core.$RefinementCtx<number | string>, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

function quoted(value: number | string): string {
  return JSON.stringify(value) ?? String(value);
}
