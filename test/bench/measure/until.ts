import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 5;

/** Checks a condition every 5 ms until it holds; false when it does not within `ms` milliseconds. */
export async function until(condition: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  for (const latest = performance.now() + ms; !(await condition()); await wait(POLL_MS))
    if (performance.now() > latest) return false;
  return true;
}
