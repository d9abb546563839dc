import type { LimitsShown } from 'spillway/client';
import type { ReactElement } from 'react';
import { windowWords } from './gauged-limit.ts';
import { LimitGauge } from './limit-gauge.tsx';

/** The limits, in the order in which they are shown. */
const NAMES = [
  ['requests_per_minute', 'requestsPerMinute'],
  ['tokens_per_minute', 'tokensPerMinute'],
  ['requests_per_day', 'requestsPerDay'],
  ['tokens_per_day', 'tokensPerDay'],
  ['concurrency', 'concurrency'],
] as const;

/** The limits of a key or a tenant, with what is used of each. Nothing where there is none. */
export function LimitBars({ limits }: { readonly limits: LimitsShown }): ReactElement | null {
  const shown = NAMES.flatMap(([name, window]) => {
    const limit = limits[name];
    return limit === undefined ? [] : [{ word: windowWords(window), ...limit }];
  });
  if (shown.length === 0) return null;
  return (
    <>
      {shown.map(({ word, limit, remaining }) => (
        <LimitGauge key={word} word={word} used={remaining === null ? null : limit - remaining} limit={limit} />
      ))}
    </>
  );
}
