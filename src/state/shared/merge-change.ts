import { isDaily, WINDOW_NAMES } from '../../domain/limits.ts';
import type { Change } from './counts.ts';

/** Changes kept at most before what replies have reported is left out. */
const MOST_CHANGES = 1000;
const MINUTE_STEP_MS = 1000;
const DAY_STEP_MS = 24 * 60_000;

/**
 * Adds a change to those that wait for the next report, and returns them. While none can be sent (`isSoon` is false) amounts that expire about the same time are
 * one, so that an outage has a bound.
 */
export function mergeChange(changes: Change[], change: Change, isSoon: boolean): Change[] {
  const added = change.kind === 'spent' && !isSoon ? { ...change, until: steppedUp(change) } : change;
  // The windows of one request take turns.
  for (let back = 1; added.kind === 'spent' && back <= 2 * WINDOW_NAMES.length; back++) {
    const index = changes.length - back;
    const before = changes[index];
    if (before?.kind !== 'spent') break;
    if (before.window !== added.window || before.until !== added.until) continue;
    changes[index] = { ...added, amount: before.amount + added.amount };
    return changes;
  }
  changes.push(added);
  // What is spent is kept; what replies have reported, later ones report again.
  return changes.length > MOST_CHANGES ? changes.filter(({ kind }) => kind !== 'observed') : changes;
}

/** When an amount expires, rounded up to a sixtieth of its window: it counts longer by that at most. */
function steppedUp({ window, until }: Extract<Change, { kind: 'spent' }>): number {
  const step = isDaily(window) ? DAY_STEP_MS : MINUTE_STEP_MS;
  return Math.ceil(until / step) * step;
}
