import { isDaily, type LimitRules, type WindowName } from '../domain/limits.ts';
import { nextMidnight } from '../lib/midnight.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** The day on which clocks are set back. */
const LONGEST_DAY_MS = 25 * HOUR_MS;
/** A window of the provider's clock counts as reset this much later than by the local clock, because clocks differ. */
export const CLOCK_SKEW_MS = 1000;

/** When the amounts of a window expire. Times in milliseconds since the epoch. */
export interface Period {
  /** Length of the window, in milliseconds. */
  readonly span: number;
  /** Whether each amount expires by itself. Otherwise all of them expire with the next minute or day of a clock. */
  readonly rolling: boolean;
  /** Whether a rolling window refills gradually, as a token bucket. */
  readonly refills: boolean;
  /** How long a reported limit is trusted while no request fits it, in milliseconds. */
  readonly limitLifetime: number;
  /** When an amount that is counted now expires. */
  endOf(now: number): number;
}

/** Returns the period of a window under a provider's rules. */
export function periodOf(name: WindowName, rules: LimitRules): Period {
  const daily = isDaily(name);
  const span = daily ? DAY_MS : MINUTE_MS;
  const rolling = (daily ? rules.day : rules.minute) === 'rolling';
  /** The end of the current window of the clock; cached, since it is needed for every request. */
  let currentEnd = 0;

  function nextEnd(now: number): number {
    return daily && rules.day !== 'rolling'
      ? nextMidnight(rules.day, now)
      : (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS;
  }

  return {
    span,
    rolling,
    refills: rules.refills && rolling,
    limitLifetime: daily ? LONGEST_DAY_MS : HOUR_MS,
    endOf(now) {
      if (rolling) return now + span;
      if (now >= currentEnd) currentEnd = nextEnd(now);
      return currentEnd + CLOCK_SKEW_MS;
    },
  };
}
