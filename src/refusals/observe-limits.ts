import type { Observation } from '../domain/limits.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import { type HeaderWindow, windowsIn } from './header-windows.ts';
import type { ReadOptions } from './read-options.ts';

const NONE: readonly Observation[] = Object.freeze([]);

/**
 * What a reply's headers say about limits: for each window its limit, what remains of it and when it resets. Each window occurs once.
 * Without such headers the result is always the same frozen list. Values that are neither counts nor times count as missing. Pure.
 */
export function observeLimits(headers: ReplyHead['headers'], options: ReadOptions): readonly Observation[] {
  const windows = windowsIn(headers, options);
  return windows.length === 0 ? NONE : windows.map(toObservation);
}

/** The part of a header window that is kept. */
export function toObservation({ window, limit, remaining, resetAt }: HeaderWindow): Observation {
  return { window, limit, remaining, resetAt };
}
