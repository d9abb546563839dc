import type { Limits } from '../domain/limits.ts';

const UNITS = Object.freeze([
  ['requestsPerMinute', 'requests/min'],
  ['tokensPerMinute', 'tokens/min'],
  ['requestsPerDay', 'requests/day'],
  ['tokensPerDay', 'tokens/day'],
  ['concurrency', 'at once'],
] as const);

/** Configured limits in a few words, as `30 requests/min, 4 at once`; where there are none, that the vendor tells his own. */
export function limitsCell(limits: Limits): string {
  const told = UNITS.flatMap(([name, unit]) => {
    const limit = limits[name];
    return limit === undefined ? [] : [`${limit} ${unit}`];
  });
  return told.length === 0 ? 'the vendor’s own' : told.join(', ');
}
