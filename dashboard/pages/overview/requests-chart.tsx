import type { ReactElement } from 'react';
import { formatCompact, formatCount } from '../../parts/numbers.ts';
import { TimeChart } from '../../parts/time-chart.tsx';
import { DAY_MS, MINUTE_MS } from '../../parts/chart-times.ts';
import { useMemo } from 'react';
import { fatesOf, type Points } from './points.ts';

/** The width of the chart of the last hour, however short the gateway has run. */
const MINUTES = 60;

/** How the requests of each step ended: the ordinary grey, what a failover has rescued on it, what failed on top. */
export function RequestsChart({ shown: { points, step } }: { readonly shown: Points }): ReactElement {
  const unit = step === MINUTE_MS ? 'minute' : step === DAY_MS ? 'day' : 'hour';
  const { times, series } = useMemo(() => {
    const { direct, rescued, failed } = fatesOf(points);
    const missing = step === MINUTE_MS ? Math.max(0, MINUTES - points.length) : 0;
    const [first] = points;
    const before =
      first === undefined ? [] : Array.from({ length: missing }, (_, at) => first.at - (missing - at) * step);
    const whole = (values: readonly number[]): readonly (number | null)[] => [...before.map(() => null), ...values];
    return {
      times: [...before, ...points.map(({ at }) => at)],
      series: [
        { label: 'without failover', values: whole(direct), shape: 'area', tone: 'quiet' },
        { label: 'after failover', values: whole(rescued), shape: 'column', tone: 'accent' },
        { label: 'failed', values: whole(failed), shape: 'column', tone: 'bad' },
      ] as const,
    };
  }, [points, step]);
  return (
    <TimeChart
      title={`Requests per ${unit}`}
      times={times}
      step={step}
      series={series}
      format={formatCount}
      formatAxis={formatCompact}
      smallest={1}
      isOpen
    />
  );
}
