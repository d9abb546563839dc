import type { LimitsShown } from 'spillway/client';
import type { ReactElement } from 'react';
import { LimitGauge } from './limit-gauge.tsx';

/** The words of limits, in the order in which they are shown. */
const WORDS = {
  requests_per_minute: 'requests/min',
  tokens_per_minute: 'tokens/min',
  requests_per_day: 'requests/day',
  tokens_per_day: 'tokens/day',
  concurrency: 'at the same time',
} as const;

const NAMES = [
  'requests_per_minute',
  'tokens_per_minute',
  'requests_per_day',
  'tokens_per_day',
  'concurrency',
] as const;

/** The limits of a key or a tenant, with what is used of each. Nothing where there is none. */
export function LimitBars({ limits }: { readonly limits: LimitsShown }): ReactElement | null {
  const shown = NAMES.flatMap((name) => {
    const limit = limits[name];
    return limit === undefined ? [] : [{ name, ...limit }];
  });
  if (shown.length === 0) return null;
  return (
    <>
      {shown.map(({ name, limit, remaining }) => (
        <LimitGauge key={name} word={WORDS[name]} used={remaining === null ? null : limit - remaining} limit={limit} />
      ))}
    </>
  );
}
