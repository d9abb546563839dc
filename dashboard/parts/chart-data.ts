/** One value for each step of time. Null where it is unknown or does not exist. */
export interface ChartSeries {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** `area` is what is ordinary, `column` what stands out, `line` what has no sum, such as a percentile. */
  readonly shape: 'area' | 'column' | 'line';
  readonly tone: ChartTone;
}

/** The colours of series: names of tokens. */
export type ChartTone = 'quiet' | 'accent' | 'bad' | 'warn' | 'ink';

/** A series as it is drawn: between two values of each step. Null where nothing is drawn. */
export interface ChartLayer {
  readonly base: readonly (number | null)[];
  readonly top: readonly (number | null)[];
}

/** The layers of series. Those that are areas or columns stand on one another, in their order; lines stand on nothing. */
export function layersOf(series: readonly Pick<ChartSeries, 'values' | 'shape'>[]): readonly ChartLayer[] {
  const sums: number[] = [];
  return series.map(({ values, shape }) => {
    if (shape === 'line') return { base: values, top: values };
    const base = values.map((value, at) => (value === null ? null : (sums[at] ?? 0)));
    const top = values.map((value, at) => (value === null ? null : (sums[at] ?? 0) + value));
    top.forEach((value, at) => {
      if (value !== null) sums[at] = value;
    });
    return { base, top };
  });
}

/** The most gridlines above the base. */
const MOST_TICKS = 3;

/**
 * Values of the gridlines from zero up to the first one that is not below the highest value: at most four, at round distances.
 * `smallest`: the least distance, 1 for counts.
 */
export function ticksUpTo(highest: number, smallest = 0): readonly number[] {
  if (!(highest > 0)) return [0, 1];
  const least = Math.max(smallest, highest / MOST_TICKS);
  const magnitude = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * magnitude).find((each) => each >= least * (1 - 1e-9));
  const distance = step ?? least;
  const count = Math.ceil(highest / distance - 1e-9);
  // Multiplied rather than added up: 0.1 + 0.2 would be 0.30000000000000004 on the axis.
  return Array.from({ length: count + 1 }, (_, at) => Number((at * distance).toPrecision(12)));
}

/** The step in which an instant lies; undefined before the first one and behind the last one. Times in milliseconds. */
export function stepAt(times: readonly number[], step: number, instant: number): number | undefined {
  const first = times[0];
  if (first === undefined) return undefined;
  const at = Math.floor((instant - first) / step);
  return at >= 0 && at < times.length ? at : undefined;
}

/** The step that a key leads to from another one; undefined for keys that lead nowhere. */
export function stepOfKey(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return Math.max(0, at - 1);
    case 'ArrowRight':
    case 'ArrowUp':
      return Math.min(count - 1, at + 1);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
