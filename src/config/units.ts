import { z } from 'zod';
import { LONGEST_TIMER_MS } from '../lib/clock.ts';

const TIME: Readonly<Record<string, number>> = Object.freeze({ ms: 1, s: 1000, m: 60_000, h: 3600_000 });
const SIZE: Readonly<Record<string, number>> = Object.freeze({ b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 });

/** A duration in the file: milliseconds, or `250ms`, `5s`, `10m`, `1h`. Zero, negative and what a timer cannot hold is refused. */
export const duration = amountSchema('Milliseconds, or 250ms, 5s, 10m, 1h.').transform((value, context) => {
  const ms = amount(value, TIME);
  if (ms === undefined)
    return complain(context, `${shown(value)} is no duration; write milliseconds or 250ms, 5s, 10m, 1h`);
  if (!(ms > 0)) return complain(context, `${shown(value)} is no duration; it must be above zero`);
  if (ms > LONGEST_TIMER_MS)
    return complain(context, `${shown(value)} is too long; a timer holds at most ${LONGEST_TIMER_MS} ms (24 days)`);
  return ms;
});

/** A size in the file: bytes, or `512kb`, `20mb`, `1gb` (powers of 1024). */
export const size = amountSchema('Bytes, or 512kb, 20mb.').transform((value, context) => {
  const bytes = amount(value, SIZE);
  if (bytes === undefined || !(bytes >= 1) || bytes > 2 ** 31)
    return complain(context, `${shown(value)} is no size; write bytes or 512kb, 20mb`);
  return Math.floor(bytes);
});

function amountSchema(description: string) {
  return z.union([z.number(), z.string()]).meta({ description });
}

/** Reads a number with an optional unit; undefined when it is none. */
function amount(value: number | string, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(value);
  if (match?.[1] === undefined) return undefined;
  const name = (match[2] ?? '').toLowerCase();
  const unit = name === '' ? 1 : Object.hasOwn(units, name) ? units[name] : undefined;
  return unit === undefined ? undefined : Number(match[1]) * unit;
}

function complain(context: z.core.$RefinementCtx<number | string>, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

function shown(value: number | string): string {
  return JSON.stringify(value) ?? String(value);
}
