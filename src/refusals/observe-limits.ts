import type { Observation } from '../domain/limits.ts';
import type { ReplyHead } from '../upstream/transport.ts';
import type { ReadOptions } from './read-options.ts';
import { type HeaderWindow, windowsIn } from './header-windows.ts';

const NOTHING: readonly Observation[] = Object.freeze([]);

/**
 * What a reply's headers tell of limits: of which window, how much there is, what is left and when all of it is there again. Each window
 * once; the same frozen list where there is nothing. Values that are no counts and no times count as absent. Pure.
 */
export function observe(headers: ReplyHead['headers'], by: ReadOptions): readonly Observation[] {
  const windows = windowsIn(headers, by);
  return windows.length === 0 ? NOTHING : windows.map(observationOf);
}

/** What of a window's headers is for keeps. */
export function observationOf({ window, limit, remaining, resetAt }: HeaderWindow): Observation {
  return { window, limit, remaining, resetAt };
}
