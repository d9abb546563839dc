import type { ReactElement } from 'react';

interface SparkProps {
  /** Values at equal distances. Null leaves a gap. */
  readonly values: readonly (number | null)[];
  /** Whether it is worth a look now: it has the accent's colour. */
  readonly hot?: boolean;
}

const HEIGHT = 22;

/** A small line without axes, from zero. Decoration: the number above it is what counts. */
export function Spark({ values, hot = false }: SparkProps): ReactElement {
  const most = Math.max(...values.map((value) => value ?? 0), Number.EPSILON);
  const step = values.length > 1 ? 100 / (values.length - 1) : 0;
  const lines: string[][] = [[]];
  values.forEach((value, at) => {
    if (value === null) lines.push([]);
    else lines.at(-1)?.push(`${(at * step).toFixed(1)},${(HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1)}`);
  });
  return (
    <svg viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {lines
        .filter((points) => points.length > 0)
        .map((points) => (
          <polyline key={points[0]} className={hot ? 'spark hot' : 'spark'} points={points.join(' ')} />
        ))}
    </svg>
  );
}
