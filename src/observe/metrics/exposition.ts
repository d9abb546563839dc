import type { Metric, Registry } from 'prom-client';
import { SECTIONS } from './definitions.ts';
import type { AddSeries, Reading } from './metric.ts';
import { processRegistry } from './process-registry.ts';
import type { SeriesBound } from './series-bound.ts';

/** The form of Prometheus' text. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
/** Longest time in which a scrape holds the event loop, in milliseconds, as far as it can pause: between two metrics. */
const SLICE_MS = 4;

/** What a scrape reads. */
export interface ExpositionOptions {
  /** What is counted while requests run; its series are bounded as they begin. */
  readonly counted: readonly Reading[];
  /** Makes the readings of the gateway's state, for one scrape. */
  readonly read: () => readonly Reading[];
  readonly bound: SeriesBound;
}

/**
 * Makes the function that writes all metrics as Prometheus' text, in slices, so that no stream waits long. Scrapes at the same time get the same
 * text. The registry is loaded at the first scrape; what is known of the process is counted from then on.
 */
export function createExposition(options: ExpositionOptions): () => Promise<string> {
  let running: Promise<string> | undefined;
  return () => (running ??= scrape(options).finally(() => (running = undefined)));
}

async function scrape(options: ExpositionOptions): Promise<string> {
  const pieces: string[] = [];
  let since = performance.now();
  for (const registry of [await ownRegistry(options), await processRegistry()]) {
    for (const { name } of registry.getMetricsAsArray()) {
      pieces.push(await registry.getSingleMetricAsString(name));
      if (performance.now() - since < SLICE_MS) continue;
      await new Promise((resolve) => void setImmediate(resolve));
      since = performance.now();
    }
  }
  return `${pieces.join('\n')}\n`;
}

/** A registry of one scrape. Metrics read what they have when they are written. */
async function ownRegistry({ counted, read, bound }: ExpositionOptions): Promise<Registry> {
  const { Registry } = await import('prom-client');
  const registry = new Registry();
  let { room } = bound;
  const bounded =
    (add: AddSeries): AddSeries =>
    (labels, value, part) => {
      if (room-- > 0) add(labels, value, part);
      else bound.dropped++;
    };
  for (const reading of counted) registry.registerMetric(metricOf(reading, (add) => reading.read(add)));
  for (const reading of read()) registry.registerMetric(metricOf(reading, (add) => reading.read(bounded(add))));
  // Last: the scrape itself may have left something out.
  const { seriesDropped } = SECTIONS.gateway;
  const dropped: Reading = { definition: seriesDropped, read: (add) => add([], bound.dropped) };
  registry.registerMetric(metricOf(dropped, (add) => dropped.read(add)));
  return registry;
}

const NO_LABELS = Object.freeze({});

function labelled(names: readonly string[], values: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let index = 0; index < names.length; index++) labels[names[index] ?? ''] = values[index] ?? '';
  return labels;
}

/** A metric as the registry reads it. */
function metricOf({ definition }: Reading, read: (add: AddSeries) => void): Metric {
  const { name, help, kind, labels: names } = definition;
  const get = async (): Promise<object> => {
    const values: object[] = [];
    let last: readonly string[] | undefined;
    let sharedLabels: Record<string, string> = {};
    read((labels, value, part) => {
      // The registry writes the labels of one object once: all series of a histogram's row have the same.
      if (labels !== last) sharedLabels = labelled(names, labels);
      last = labels;
      const own = part?.le === undefined ? NO_LABELS : { le: part.le };
      values.push({
        labels: own,
        sharedLabels,
        value,
        metricName: part === undefined ? name : `${name}${part.suffix}`,
      });
    });
    return { name, help, type: kind, values, aggregator: 'sum' };
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the registry uses the name and `get` only
  return { name, get } as unknown as Metric;
}
