import type { RecentUsage } from 'spillway/client';
import type { ReactElement } from 'react';
import { useLive } from '../../live/use-live.ts';
import { Figure } from '../../parts/figure.tsx';
import { formatCount, splitRate } from '../../parts/numbers.ts';
import { Spark } from '../../parts/spark.tsx';
import { useNow } from '../../parts/time.tsx';
import { passedMs, type Points, totalOf, wholeSteps } from './points.ts';
import { rateOf, rateOfMinutes } from './rate.ts';

interface RequestsNowProps {
  readonly shown: Points;
  /** What runs now; undefined while it is unknown. */
  readonly recent: RecentUsage | undefined;
}

/** The present rate of requests, and how many run. */
export function RequestsNow({ shown, recent }: RequestsNowProps): ReactElement {
  const seconds = useLive(({ seconds: all }) => all);
  const now = Math.floor(useNow() / 1000);
  const rate = rateOf(seconds, now) ?? rateOfMinutes(shown.points, recent?.since ?? null, now);
  const { value, unit } = rate === undefined ? { value: '–', unit: undefined } : splitRate(rate);
  return (
    <Figure
      label="Requests"
      value={value}
      unit={unit}
      note={recent === undefined ? undefined : runningWords(recent)}
      picture={<Spark values={wholeSteps(shown.points).map(({ requests }) => requests)} />}
    />
  );
}

function runningWords({ in_progress: running, streams_open: streams }: RecentUsage): string {
  return `${formatCount(running)} in progress, ${formatCount(streams)} streaming`;
}

/** The requests of a range, and their average rate. */
export function RequestsOf({ shown }: { readonly shown: Points }): ReactElement {
  const { points } = shown;
  const { requests } = totalOf(points);
  const passed = passedMs(shown, useNow());
  const { value, unit } = splitRate(passed === 0 ? 0 : (requests * 1000) / passed);
  return (
    <Figure
      label="Requests"
      value={formatCount(requests)}
      note={`${value}${unit} on average`}
      picture={<Spark values={wholeSteps(points).map((point) => point.requests)} />}
    />
  );
}
