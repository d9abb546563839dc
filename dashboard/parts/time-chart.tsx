import { type KeyboardEvent, lazy, type ReactElement, Suspense, useState } from 'react';
import { stepOfKey } from './chart-data.ts';
import { ChartTable } from './chart-table.tsx';
import { type ChartFigures, lastWhole, readout } from './chart-words.ts';

const TimePlot = lazy(async () => ({ default: (await import('./time-plot.tsx')).TimePlot }));

/** The values are at equal distances. Areas and columns are stacked, the first one at the bottom. */
interface TimeChartProps extends ChartFigures {
  readonly title: string;
  /** Words of a value on the axis, of at most five characters; `format` unless given. */
  readonly formatAxis?: (value: number) => string;
  /** The least distance of gridlines: 1 for counts; any unless given. */
  readonly smallest?: number;
  /** Whether the last step is not over. */
  readonly isOpen?: boolean;
}

/**
 * A chart over time, with its legend. One line below it reads the step under the pointer, or the one that the arrow keys lead to, and the last
 * whole step at first. The same figures are a table, at the press of a button.
 */
export function TimeChart({
  title,
  times,
  step,
  series,
  format,
  formatAxis = format,
  smallest = 0,
  isOpen = false,
}: TimeChartProps): ReactElement {
  const [at, setAt] = useState<number>();
  const [isTable, setIsTable] = useState(false);
  const shown = Math.max(0, Math.min(at ?? lastWhole(series, times.length, isOpen), times.length - 1));
  const words = readout({ times, step, series, format }, shown);
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = stepOfKey(event.key, shown, times.length);
    if (to === undefined) return;
    event.preventDefault();
    setAt(to);
  };
  return (
    <div className="time-chart">
      <div className="bar">
        <h2>{title}</h2>
        <div className="legend">
          {series.map(({ label, shape, tone }) => (
            <span key={label}>
              <svg width="8" height="8" aria-hidden="true">
                <rect
                  className={`tone-${tone}`}
                  width="8"
                  height={shape === 'line' ? 2 : 8}
                  y={shape === 'line' ? 3 : 0}
                  rx="1"
                />
              </svg>
              {label}
            </span>
          ))}
          <button type="button" className="plain link" aria-pressed={isTable} onClick={() => setIsTable(!isTable)}>
            table
          </button>
        </div>
      </div>
      {isTable ? (
        <ChartTable title={title} times={times} step={step} series={series} format={format} />
      ) : (
        <div
          className="time-plot-frame"
          role="slider"
          tabIndex={0}
          aria-label={`${title}: chart. The arrow keys read it step by step.`}
          aria-valuemin={0}
          aria-valuemax={Math.max(0, times.length - 1)}
          aria-valuenow={shown}
          aria-valuetext={words}
          onKeyDown={onKeyDown}
          onBlur={() => setAt(undefined)}
        >
          <Suspense fallback={null}>
            <TimePlot
              times={times}
              step={step}
              series={series}
              format={formatAxis}
              smallest={smallest}
              at={at}
              onPoint={setAt}
            />
          </Suspense>
        </div>
      )}
      {!isTable && <p className="small muted chart-readout">{words}</p>}
    </div>
  );
}
