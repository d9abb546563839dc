import type { Registry } from 'prom-client';

/** Metrics of the package that are left out: sums with the names of counters, and what is no number where little time lies between two scrapes. */
const LEFT_OUT = Object.freeze([
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_eventloop_lag_min_seconds',
  'nodejs_eventloop_lag_mean_seconds',
  'nodejs_eventloop_lag_stddev_seconds',
]);

let opening: Promise<Registry> | undefined;

/**
 * The metrics of the process and of Node.js, which all gateways of a process share: each registry would observe the event loop and the garbage
 * collector anew, for good.
 */
export function processRegistry(): Promise<Registry> {
  return (opening ??= open());
}

async function open(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of LEFT_OUT) registry.removeSingleMetric(name);
  return registry;
}
