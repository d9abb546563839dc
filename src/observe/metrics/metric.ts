import type { MetricDefinition } from './definitions.ts';

/**
 * Adds a series to what a scrape reads: the values of the definition's labels in their order. `part`: of a histogram `_sum`, `_count`, or
 * `_bucket` with its upper bound `le`.
 */
export type AddSeries = (labels: readonly string[], value: number, part?: HistogramPart) => void;

/** A series of a histogram. */
export interface HistogramPart {
  readonly suffix: '_bucket' | '_sum' | '_count';
  readonly le?: string | undefined;
}

/** A metric that is read at the scrape. */
export interface Reading {
  readonly definition: MetricDefinition;
  /** Adds all series. Synchronous; must not throw. */
  read(add: AddSeries): void;
}

/** No metrics. */
export const READ_NOTHING: readonly Reading[] = Object.freeze([]);

/** Reads a value when it is first needed, for all readings of one scrape. */
export function once<Value>(read: () => Value): () => Value {
  let known: { readonly value: Value } | undefined;
  return () => (known ??= { value: read() }).value;
}
