import type { Limits } from '../domain/limits.ts';

const UNITS = Object.freeze([
  ['requestsPerMinute', 'requests/min'],
  ['tokensPerMinute', 'tokens/min'],
  ['requestsPerDay', 'requests/day'],
  ['tokensPerDay', 'tokens/day'],
  ['concurrency', 'concurrent'],
] as const);

/** Formats configured limits, for example `30 requests/min, 4 concurrent`. `as reported` without any: the provider's replies report them. */
export function formatLimits(limits: Limits): string {
  const parts = UNITS.flatMap(([name, unit]) => {
    const limit = limits[name];
    return limit === undefined ? [] : [`${limit} ${unit}`];
  });
  if (limits.adaptsConcurrency === true) parts.push('concurrent as it adapts');
  return parts.length === 0 ? 'as reported' : parts.join(', ');
}
