import { createCounted, type KnownNames } from './counted.ts';
import { createExposition } from './exposition.ts';
import { type MetricSources, readingsOf } from './readings.ts';
import { createRecorder, type MetricsRecorder } from './record.ts';
import { SeriesBound } from './series-bound.ts';

/** Options of `createMetrics`. */
export interface MetricsOptions {
  readonly names: KnownNames;
  /** How many keys have series of their own. */
  readonly keys: number;
  /** Most series. */
  readonly maxSeries: number;
}

/** The metrics of one gateway. */
export interface Metrics extends MetricsRecorder {
  /** Gives a key series of its own, as far as there is room, before it is used. */
  readonly knowKey: (id: string) => void;
  /** Ids of the keys that have series of their own. */
  readonly keyIds: () => readonly string[];
  /** Makes the function that writes all metrics as Prometheus' text. */
  readonly exposeWith: (sources: MetricSources) => () => Promise<string>;
}

/** Makes the metrics of a gateway, of which nothing is counted yet. */
export function createMetrics({ names, keys, maxSeries }: MetricsOptions): Metrics {
  const bound = new SeriesBound(maxSeries);
  const counted = createCounted({ names, keys, bound });
  const { labels, cells } = counted;
  return {
    ...createRecorder(counted),
    knowKey: (id) => void labels.key.id(id),
    keyIds: () => labels.key.keyIds,
    exposeWith: (sources) =>
      createExposition({
        counted: Object.values(cells),
        read: () => readingsOf(sources, labels.operation),
        bound,
      }),
  };
}
