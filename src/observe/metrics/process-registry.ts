import type { Registry } from 'prom-client';
import type { Across } from './definitions.ts';

/** Metrics of the package that are left out: sums with the names of counters, and what is no number where little time lies between two scrapes. */
const LEFT_OUT = Object.freeze([
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_eventloop_lag_min_seconds',
  'nodejs_eventloop_lag_mean_seconds',
  'nodejs_eventloop_lag_stddev_seconds',
]);

/** What is no sum over the processes of one gateway. */
export const PROCESS_ACROSS: Readonly<Record<string, Across>> = Object.freeze({
  process_start_time_seconds: 'min',
  nodejs_version_info: 'max',
  nodejs_eventloop_lag_seconds: 'max',
  nodejs_eventloop_lag_max_seconds: 'max',
  nodejs_eventloop_lag_p50_seconds: 'max',
  nodejs_eventloop_lag_p90_seconds: 'max',
  nodejs_eventloop_lag_p99_seconds: 'max',
});

let opening: Promise<Registry> | undefined;

/**
 * The metrics of the process and of Node.js, which all gateways of a process share: each registry would observe the event loop and the garbage
 * collector anew, for good.
 */
export function processRegistry(): Promise<Registry> {
  return (opening ??= open());
}

/** The metrics of this process alone, as Prometheus' text. */
export async function processPage(): Promise<string> {
  return (await processRegistry()).metrics();
}

async function open(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of LEFT_OUT) registry.removeSingleMetric(name);
  return registry;
}
