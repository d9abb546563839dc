import { setTimeout as wait } from 'node:timers/promises';

const LOOK_MS = 5;

/** Looks every 5 ms until a condition holds; false when it does not within so many milliseconds. */
export async function until(condition: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  for (const latest = performance.now() + ms; !(await condition()); await wait(LOOK_MS))
    if (performance.now() > latest) return false;
  return true;
}
