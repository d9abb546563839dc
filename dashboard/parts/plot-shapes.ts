import type { ChartLayer, ChartSeries } from './chart-data.ts';

/** A series of a chart, and where it stands on the canvas. Times in milliseconds. */
export interface PlottedSeries {
  readonly layer: ChartLayer;
  /** Starts of the steps. */
  readonly times: readonly number[];
  /** Length of a step. */
  readonly step: number;
  /** Horizontal position of an instant, in pixels of the canvas. */
  readonly x: (instant: number) => number;
  /** Vertical position of a value: the higher the value, the lower the position. */
  readonly y: (value: number) => number;
  /** Pixels of the canvas in one of the page's. */
  readonly ratio: number;
}

/** What is painted of a series, in pixels of the canvas. */
export interface PlotShapes {
  /** Lines through points. */
  readonly lines: readonly (readonly (readonly [x: number, y: number])[])[];
  /** Filled rectangles. */
  readonly rects: readonly (readonly [x: number, y: number, width: number, height: number])[];
}

/** The lowest height of a column that is not zero, in pixels of the page. */
const LOWEST = 2;
/** The narrowest step that leaves a gap beside its column. */
const GAP_FROM = 4;

/** Draws a series: each value from its step's start to its end. */
export function shapesOf(shape: ChartSeries['shape'], plotted: PlottedSeries): PlotShapes {
  if (shape === 'line') return { lines: lineOf(plotted), rects: [] };
  return shape === 'area' ? areaOf(plotted) : { lines: [], rects: columnsOf(plotted) };
}

function areaOf({ layer: { base, top }, times, step, x, y }: PlottedSeries): PlotShapes {
  const rects: [number, number, number, number][] = [];
  const lines: [number, number][][] = [[]];
  times.forEach((time, at) => {
    const [from, to] = [base[at], top[at]];
    if (typeof from !== 'number' || typeof to !== 'number') {
      lines.push([]);
      return;
    }
    const [left, right, high] = [x(time), x(time + step), y(to)];
    rects.push([left, high, right - left, y(from) - high]);
    lines.at(-1)?.push([left, high], [right, high]);
  });
  return { rects, lines: lines.filter((points) => points.length > 0) };
}

function columnsOf({ layer: { base, top }, times, step, x, y, ratio }: PlottedSeries): PlotShapes['rects'] {
  return times.flatMap((time, at) => {
    const [from, to] = [base[at], top[at]];
    if (typeof from !== 'number' || typeof to !== 'number' || to <= from) return [];
    const [left, right] = [x(time), x(time + step)];
    const beside = right - left > GAP_FROM * ratio ? ratio : 0;
    const below = from > 0 ? ratio : 0;
    const height = Math.max(LOWEST * ratio, y(from) - y(to) - below);
    return [[left + beside, y(from) - below - height, Math.max(ratio, right - left - 2 * beside), height] as const];
  });
}

function lineOf({ layer: { top }, times, step, x, y, ratio }: PlottedSeries): PlotShapes['lines'] {
  const lines: [number, number][][] = [[]];
  times.forEach((time, at) => {
    const value = top[at];
    if (typeof value !== 'number') {
      lines.push([]);
      return;
    }
    const point: [number, number] = [x(time + step / 2), y(value)];
    const line = lines.at(-1);
    // A value between two gaps is a dash.
    if (line?.length === 0) line.push([point[0] - ratio, point[1]]);
    line?.push(point);
  });
  return lines.filter((points) => points.length > 0);
}
