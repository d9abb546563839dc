import type { ChartSeries } from './chart-data.ts';
import { formatStep } from './chart-times.ts';

/** The values of a chart. */
export interface ChartFigures {
  /** Starts of the steps, in milliseconds since the epoch. */
  readonly times: readonly number[];
  /** Length of a step, in milliseconds. */
  readonly step: number;
  readonly series: readonly ChartSeries[];
  /** Words of a value. */
  readonly format: (value: number) => string;
}

/** A step in words: `14:02: answered 83, failed 1`. */
export function readout({ times, step, series, format }: ChartFigures, at: number): string {
  const time = times[at];
  if (time === undefined) return 'Nothing yet.';
  const values = series.map(({ label, values: all }) => `${label} ${wordOf(all[at], format)}`);
  return `${formatStep(time, step)}: ${values.join(', ')}`;
}

/** A value in words; `–` where it is unknown. */
export function wordOf(value: number | null | undefined, format: (value: number) => string): string {
  return typeof value === 'number' ? format(value) : '–';
}

/** The last step that is over and has a value; the last one where there is none. */
export function lastWhole(series: readonly ChartSeries[], count: number, isOpen: boolean): number {
  const at = count - (isOpen ? 2 : 1);
  return series.some(({ values }) => typeof values[at] === 'number') ? at : count - 1;
}
