import { expect, test } from 'vitest';
import { SECTIONS } from '../../../src/observe/metrics/definitions.ts';
import { LOG_METRICS } from '../../../src/observe/metrics/log-metrics.ts';
import { addEnded, mergePages } from '../../../src/observe/metrics/merge-pages.ts';
import type { MetricDefinition } from '../../../src/observe/metrics/definitions.ts';

const page = (...blocks: readonly string[]): string => `${blocks.join('\n\n')}\n`;
const metric = (name: string, type: string, ...lines: readonly string[]): string =>
  [`# HELP ${name} What it is.`, `# TYPE ${name} ${type}`, ...lines].join('\n');

test('counters, histograms and gauges of parts are sums, also of series that only one process has', async () => {
  const one = page(
    metric('spillway_requests_total', 'counter', 'spillway_requests_total{code="ok"} 3'),
    metric(
      'spillway_overhead_seconds',
      'histogram',
      'spillway_overhead_seconds_bucket{le="0.1"} 1',
      'spillway_overhead_seconds_bucket{le="+Inf"} 2',
      'spillway_overhead_seconds_sum 0.5',
      'spillway_overhead_seconds_count 2',
    ),
    metric('spillway_requests_in_progress', 'gauge', 'spillway_requests_in_progress{operation="chat"} 4'),
  );
  const other = page(
    metric(
      'spillway_requests_total',
      'counter',
      'spillway_requests_total{code="ok"} 4',
      'spillway_requests_total{code="x y } 9\\n"} 1',
    ),
    metric(
      'spillway_overhead_seconds',
      'histogram',
      'spillway_overhead_seconds_bucket{le="0.1"} 5',
      'spillway_overhead_seconds_bucket{le="+Inf"} 5',
      'spillway_overhead_seconds_sum 0.25',
      'spillway_overhead_seconds_count 5',
    ),
    metric('spillway_requests_in_progress', 'gauge'),
  );
  expect(await mergePages([one, '', other])).toBe(
    page(
      metric(
        'spillway_requests_total',
        'counter',
        'spillway_requests_total{code="ok"} 7',
        'spillway_requests_total{code="x y } 9\\n"} 1',
      ),
      metric(
        'spillway_overhead_seconds',
        'histogram',
        'spillway_overhead_seconds_bucket{le="0.1"} 6',
        'spillway_overhead_seconds_bucket{le="+Inf"} 7',
        'spillway_overhead_seconds_sum 0.75',
        'spillway_overhead_seconds_count 7',
      ),
      metric('spillway_requests_in_progress', 'gauge', 'spillway_requests_in_progress{operation="chat"} 4'),
    ),
  );
});

test.each([
  ['spillway_budget_amount_usd', [5, 5], 5],
  ['spillway_budget_remaining_usd', [4, 3], 3],
  ['spillway_budget_reserved_usd', [0.5, 0.25], 0.75],
  ['spillway_entry_available', [1, 0], 0],
  ['spillway_limit_used_ratio', [0.25, 0.5], 0.5],
  ['spillway_build_info', [1, 1], 1],
  ['spillway_store_up', [1, 0], 0],
  ['spillway_config_reloads_total', [2, 1], 2],
  ['process_start_time_seconds', [20, 10], 10],
  ['nodejs_eventloop_lag_seconds', [0.5, 0.25], 0.5],
  ['process_resident_memory_bytes', [10, 20], 30],
] as const)('%s of %j is %d', async (name, values, merged) => {
  const pages = values.map((value) => page(metric(name, 'gauge', `${name}{a="b"} ${value}`)));
  expect(await mergePages(pages)).toBe(page(metric(name, 'gauge', `${name}{a="b"} ${merged}`)));
});

test('infinity and what is no number are read and written', async () => {
  const pages = ['+Inf', '1', '-Inf'].map((value) => page(metric('x', 'gauge', `x ${value}`)));
  expect(await mergePages(pages.slice(0, 2))).toContain('x +Inf');
  expect(await mergePages(pages.slice(1))).toContain('x -Inf');
  expect(await mergePages([page(metric('x', 'gauge', 'x Nan'))])).toContain('x NaN');
});

test('of a process that has ended counters and histograms stay, and no gauge', async () => {
  const ended = page(
    metric('spillway_requests_total', 'counter', 'spillway_requests_total{code="ok"} 3'),
    metric('spillway_overhead_seconds', 'histogram', 'spillway_overhead_seconds_count 2'),
    metric('spillway_requests_in_progress', 'gauge', 'spillway_requests_in_progress{operation="chat"} 4'),
  );
  const twice = await addEnded(await addEnded('', ended), ended);
  expect(twice).toBe(
    page(
      metric('spillway_requests_total', 'counter', 'spillway_requests_total{code="ok"} 6'),
      metric('spillway_overhead_seconds', 'histogram', 'spillway_overhead_seconds_count 4'),
    ),
  );
  expect(await addEnded(twice, '')).toBe(twice);
});

test('what is no sum is a gauge of which all processes know the same, and the number of reloads', () => {
  const all: readonly MetricDefinition[] = [
    ...Object.values(SECTIONS).flatMap((section): readonly MetricDefinition[] => Object.values(section)),
    ...Object.values(LOG_METRICS),
  ];
  const sums = all.filter(({ kind, across }) => kind === 'gauge' && across === undefined).map(({ name }) => name);
  expect(sums).toEqual([
    'spillway_requests_in_progress',
    'spillway_streams_open',
    'spillway_queue_waiting',
    'spillway_budget_reserved_usd',
    'spillway_reservations_open',
    'spillway_request_places_used',
    'spillway_request_places',
    'spillway_log_queue_bytes',
    'spillway_log_queue_max_bytes',
  ]);
  const others = all.filter(({ kind, across }) => kind !== 'gauge' && across !== undefined).map(({ name }) => name);
  expect(others).toEqual(['spillway_config_reloads_total']);
});
