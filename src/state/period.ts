import { isDaily, type LimitRules, type WindowName } from '../domain/limits.ts';
import { nextMidnight } from '../lib/midnight.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** One on which the clocks are set back. */
const LONGEST_DAY_MS = 25 * HOUR_MS;
/** A window of the vendor's clock counts as open again so much later than by ours: clocks differ. */
export const CLOCKS_DIFFER_MS = 1000;

/** How a window comes back. Times in milliseconds since the epoch. */
export interface Period {
  /** How long it is, in milliseconds. */
  readonly span: number;
  /** Whether each amount comes back by itself, and not with the next minute or day of a clock. */
  readonly rolling: boolean;
  /** Whether what rolls comes back little by little. */
  readonly refills: boolean;
  /** How long its limit is believed when nothing comes through, in milliseconds. */
  readonly belief: number;
  /** When an amount that is counted now ceases to count. */
  endOf(now: number): number;
}

/** The period of a window of a vendor who counts by these rules. */
export function periodOf(name: WindowName, rules: LimitRules): Period {
  const daily = isDaily(name);
  const span = daily ? DAY_MS : MINUTE_MS;
  const rolling = (daily ? rules.day : rules.minute) === 'rolling';
  /** The end of the window that is open by the clock. */
  let edge = 0;

  function nextEdge(now: number): number {
    return daily && rules.day !== 'rolling'
      ? nextMidnight(rules.day, now)
      : (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS;
  }

  return {
    span,
    rolling,
    refills: rules.refills && rolling,
    belief: daily ? LONGEST_DAY_MS : HOUR_MS,
    endOf(now) {
      if (rolling) return now + span;
      if (now >= edge) edge = nextEdge(now);
      return edge + CLOCKS_DIFFER_MS;
    },
  };
}
