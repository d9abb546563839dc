import UPlot from 'uplot';
import { type ChartSeries, type ChartTone, layersOf, stepAt, ticksUpTo } from './chart-data.ts';
import { DAY_MS, formatTick } from './chart-times.ts';
import { type PlotShapes, shapesOf } from './plot-shapes.ts';

/** What a chart draws. */
export interface TimePlotProps {
  /** Starts of the steps, in milliseconds since the epoch, at equal distances. */
  readonly times: readonly number[];
  /** Length of a step, in milliseconds. */
  readonly step: number;
  readonly series: readonly ChartSeries[];
  /** Words of a value on the axis. */
  readonly format: (value: number) => string;
  /** The least distance of gridlines: 1 for counts. */
  readonly smallest: number;
  /** The step that is marked. */
  readonly at: number | undefined;
  /** Called with the step under the pointer; undefined once it is elsewhere. */
  readonly onPoint: (at: number | undefined) => void;
}

/** Height of the drawing, in pixels. */
export const PLOT_HEIGHT = 176;
const AXIS_HEIGHT = 26;
const AXIS_WIDTH = 36;
/** Half of the width of an instant's label. */
const HALF_LABEL = 18;
/** Room above the highest gridline, for half of its label. */
const TOP = 8;

/** Tokens of each tone: of outlines and lines, and of fills. */
const TOKENS: Readonly<Record<ChartTone, readonly [string, string]>> = {
  quiet: ['quiet', 'quiet-soft'],
  accent: ['accent', 'accent'],
  bad: ['bad-fill', 'bad-fill'],
  warn: ['warn', 'warn'],
  ink: ['ink-3', 'ink-3'],
};

/** What is drawn now: a plot lives longer than the data of one render. */
type Latest = { readonly current: TimePlotProps };

/** Options of a plot within an element: its axes, its scales, and how each series is painted, with the colours of the page. */
export function optionsOf(element: HTMLElement, latest: Latest): UPlot.Options {
  const colour = (name: string) => (): string => colourOf(element, name);
  const { fontFamily } = getComputedStyle(element);
  const font = `11px ${fontFamily}`;
  return {
    width: element.clientWidth,
    height: PLOT_HEIGHT,
    ms: 1,
    // Days are those of UTC, and so are their ticks.
    tzDate: (at) => (latest.current.step >= DAY_MS ? UPlot.tzDate(new Date(at), 'UTC') : new Date(at)),
    padding: [TOP, 0, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: false, y: false },
      move: (plot, left, top) => {
        const { times, step, onPoint } = latest.current;
        onPoint(left < 0 ? undefined : stepAt(times, step, plot.posToVal(left, 'x')));
        return [left, top];
      },
    },
    scales: {
      x: { range: () => [latest.current.times[0] ?? 0, (latest.current.times.at(-1) ?? 0) + latest.current.step] },
      y: { range: (_, __, max) => [0, ticksUpTo(max, latest.current.smallest).at(-1) ?? 1] },
    },
    axes: [
      {
        font,
        stroke: colour('ink-3'),
        size: AXIS_HEIGHT,
        space: 72,
        gap: 4,
        grid: { show: false },
        ticks: { show: false },
        border: { show: true, stroke: colour('line-strong'), width: 1 },
        values: (plot, splits) => splits.map((split) => tickOf(plot, split, latest.current.step)),
      },
      {
        font,
        stroke: colour('ink-3'),
        size: AXIS_WIDTH,
        gap: 8,
        grid: { stroke: colour('line'), width: 1 },
        ticks: { show: false },
        splits: (...[, , , max]) => [...ticksUpTo(max, latest.current.smallest)],
        values: (_, splits) => splits.map((split) => (split === 0 ? '' : latest.current.format(split))),
      },
    ],
    series: [{}, ...latest.current.series.map((_, at) => seriesOptions(at, latest, colour))],
  };
}

function seriesOptions(at: number, latest: Latest, colour: (name: string) => () => string): UPlot.Series {
  const { shape = 'line', tone = 'ink' } = latest.current.series[at] ?? {};
  const [stroke, fill] = TOKENS[tone];
  return {
    width: shape === 'line' ? 1.5 : 1,
    stroke: colour(stroke),
    ...(shape === 'line' ? {} : { fill: colour(fill) }),
    points: { show: false },
    paths: (plot) => {
      const { times, step, series } = latest.current;
      const layer = layersOf(series)[at];
      if (layer === undefined) return null;
      const shapes = shapesOf(shape, {
        layer,
        times,
        step,
        x: (instant) => plot.valToPos(instant, 'x', true),
        y: (value) => plot.valToPos(value, 'y', true),
        ratio: UPlot.pxRatio,
      });
      return pathsOf(shapes);
    },
  };
}

function pathsOf({ lines, rects }: PlotShapes): { readonly stroke: Path2D; readonly fill: Path2D } {
  const [stroke, fill] = [new Path2D(), new Path2D()];
  for (const rect of rects) fill.rect(...rect);
  for (const points of lines) points.forEach(([x, y], at) => (at === 0 ? stroke.moveTo(x, y) : stroke.lineTo(x, y)));
  return { stroke, fill };
}

/** The value of a token as a canvas takes it: `light-dark()` is resolved by the browser where a colour is computed. */
function colourOf(element: HTMLElement, token: string): string {
  element.style.color = `var(--${token})`;
  return getComputedStyle(element).color;
}

/** The label of an instant; none where it would be cut at the right edge. */
function tickOf(plot: UPlot, instant: number, step: number): string {
  const left = plot.valToPos(instant, 'x');
  return left > plot.width - AXIS_WIDTH - HALF_LABEL ? '' : formatTick(instant, step);
}
