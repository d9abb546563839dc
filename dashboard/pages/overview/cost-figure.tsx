import type { ReactElement } from 'react';
import { DAY_MS, formatStep, HOUR_MS, MINUTE_MS } from '../../parts/chart-times.ts';
import { Figure } from '../../parts/figure.tsx';
import { formatAmount, formatSpend } from '../../parts/money.ts';
import { formatCount } from '../../parts/numbers.ts';
import { Spark } from '../../parts/spark.tsx';
import { passedMs, type Points, totalOf, wholeSteps } from './points.ts';
import { useNow } from '../../parts/time.tsx';
import type { Range } from './search.ts';
import { useToday } from './use-points.ts';

interface CostFigureProps {
  readonly range: Range;
  readonly shown: Points;
}

/** What a range has cost. A cost that is known of a part of the requests only says so. */
export function CostFigure({ range, shown }: CostFigureProps): ReactElement {
  const { points } = shown;
  const today = useToday().data;
  const { cost, unknown } = totalOf(points);
  const isWholeHour = range === '1h' && points.length * MINUTE_MS >= HOUR_MS;
  const passed = passedMs(shown, useNow());
  const perDay = passed === 0 ? 0 : (cost / passed) * DAY_MS;
  const notes = [
    ...(range === '1h' && today !== undefined ? [`${formatSum(today.cost)} ${sinceWords(today.since)}`] : []),
    ...(unknown > 0 ? [`${formatCount(unknown)} of unknown cost`] : []),
    ...(unknown === 0 && range !== '1h' && range !== '24h' ? [`${formatSum(perDay)} a day`] : []),
  ];
  return (
    <Figure
      label={unknown > 0 ? 'Cost, known part' : 'Cost'}
      value={formatSpend(cost)}
      unit={isWholeHour ? '/h' : undefined}
      note={notes.join(', ')}
      picture={<Spark values={wholeSteps(points).map((point) => point.cost)} />}
    />
  );
}

/** A sum beside another one: cents are enough, except for less than one. */
function formatSum(usd: number): string {
  return usd < 0.01 ? formatSpend(usd) : `$${formatAmount(usd, 2)}`;
}

function sinceWords(since: number): string {
  const isMidnight = since === new Date().setHours(0, 0, 0, 0);
  return isMidnight ? 'today' : `since ${formatStep(since, HOUR_MS)}`;
}
