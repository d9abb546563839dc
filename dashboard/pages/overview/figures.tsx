import type { RecentUsage } from 'spillway/client';
import type { ReactElement } from 'react';
import { Figure } from '../../parts/figure.tsx';
import { formatCount, formatShare, formatTime, splitTime } from '../../parts/numbers.ts';
import { Spark } from '../../parts/spark.tsx';
import { CostFigure } from './cost-figure.tsx';
import { type Point, totalOf, wholeSteps } from './points.ts';
import { RequestsNow, RequestsOf } from './requests-figure.tsx';
import type { Range } from './search.ts';
import type { RangePoints } from './use-points.ts';

interface FiguresProps {
  readonly range: Range;
  readonly shown: RangePoints;
  /** What runs now; undefined while it is unknown. */
  readonly recent: RecentUsage | undefined;
}

/** The six numbers of a range. Each has one unit, and one line that says what it is a part of. */
export function Figures({ range, shown, recent }: FiguresProps): ReactElement {
  const { points } = shown;
  const { requests, failed, failovers } = totalOf(points);
  const isHour = range === '1h';
  const whole = wholeSteps(points);
  return (
    <dl className="kpis">
      {isHour ? <RequestsNow shown={shown} recent={recent} /> : <RequestsOf shown={shown} />}
      <Figure
        label="Answered"
        value={requests === 0 ? '–' : formatShare(1 - failed / requests)}
        unit={requests === 0 ? undefined : '%'}
        note={requests === 0 ? 'no requests' : `${formatCount(failed)} failed of ${formatCount(requests)}`}
        picture={<Spark values={whole.map(shareOf)} />}
      />
      <Figure
        label="Rescued by failover"
        value={formatCount(failovers)}
        note={requests === 0 ? 'no requests' : `${formatShare(failovers / requests)}% of requests`}
        picture={<Spark values={whole.map((point) => point.failovers)} hot={failovers > 0} />}
      />
      <Times
        label="First token p50"
        times={shown.firstToken}
        none="no streams"
        values={whole.map(({ firstToken }) => firstToken?.p50 ?? null)}
      />
      <CostFigure range={range} shown={shown} />
      <Times
        label="Own overhead p50"
        times={recent?.total?.overhead_ms ?? null}
        none="no requests"
        suffix={isHour ? '' : ', last hour'}
        values={isHour ? whole.map(({ overhead }) => overhead?.p50 ?? null) : []}
      />
    </dl>
  );
}

/** The share of a step's requests that have not failed; null without requests. */
function shareOf({ requests, failed }: Point): number | null {
  return requests === 0 ? null : 1 - failed / requests;
}

interface TimesProps {
  readonly label: string;
  readonly times: { readonly p50: number; readonly p95: number } | null;
  /** The line below where there are none. */
  readonly none: string;
  readonly suffix?: string;
  readonly values: readonly (number | null)[];
}

function Times({ label, times, none, suffix = '', values }: TimesProps): ReactElement {
  const { value, unit } = times === null ? { value: '–', unit: undefined } : splitTime(times.p50);
  return (
    <Figure
      label={label}
      value={value}
      unit={unit}
      note={times === null ? none : `p95 ${formatTime(times.p95)}${suffix}`}
      picture={<Spark values={values} />}
    />
  );
}
