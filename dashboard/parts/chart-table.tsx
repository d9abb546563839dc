import type { ReactElement } from 'react';
import { formatStep } from './chart-times.ts';
import { type ChartFigures, wordOf } from './chart-words.ts';

interface ChartTableProps extends ChartFigures {
  readonly title: string;
}

/** The values of a chart as a table, which scrolls. */
export function ChartTable({ title, times, step, series, format }: ChartTableProps): ReactElement {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and must do so by keyboard
    <div className="chart-table" role="region" aria-label={`${title}: table`} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th>Time</th>
            {series.map(({ label }) => (
              <th key={label} className="num">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, at) => (
            <tr key={time}>
              <td>{formatStep(time, step)}</td>
              {series.map(({ label, values }) => (
                <td key={label} className="num">
                  {wordOf(values[at], format)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
