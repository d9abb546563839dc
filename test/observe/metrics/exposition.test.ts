import { expect, test } from 'vitest';
import { CounterCells } from '../../../src/observe/metrics/cells.ts';
import type { MetricDefinition } from '../../../src/observe/metrics/definitions.ts';
import { createExposition } from '../../../src/observe/metrics/exposition.ts';
import { ChainLabels, ClosedLabels } from '../../../src/observe/metrics/labels.ts';
import { LOG_METRICS, logReadings } from '../../../src/observe/metrics/log-metrics.ts';
import type { Reading } from '../../../src/observe/metrics/metric.ts';
import { SeriesBound } from '../../../src/observe/metrics/series-bound.ts';
import { cpuTime } from '../../helpers/cpu-time.ts';
import { parseScrape, type Scrape } from '../../helpers/metrics.ts';

const DEFINITION: MetricDefinition = { name: 'c_total', kind: 'counter', labels: ['chain', 'code'], help: 'Things.' };
const GAUGE: MetricDefinition = { name: 'g', kind: 'gauge', labels: ['name'], help: 'A state.' };

/** A counter with this many series. */
function counterOf(series: number, bound: SeriesBound): Reading {
  const chain = new ChainLabels(() => true);
  const code = new ClosedLabels(
    'code',
    Array.from({ length: 100 }, (_, n) => `code_${n}`),
  );
  const cells = new CounterCells(DEFINITION, { labels: [chain, code], bound });
  for (let n = 0; n < series; n++)
    cells.add(cells.at(chain.id(`a chain with a name ${Math.floor(n / 100)}`), code.id(`code_${n % 100}`)));
  return cells;
}

test('a scrape of 10,000 series takes less than 50 ms', async () => {
  const bound = new SeriesBound(20_000);
  const write = createExposition({ counted: [counterOf(10_000, bound)], read: () => [], bound });
  expect(parseScrape(await write()).count('c_total')).toBe(10_000);
  const times: number[] = [];
  for (let n = 0; n < 5; n++) {
    const before = cpuTime();
    await write();
    times.push(cpuTime() - before);
  }
  expect(Math.min(...times)).toBeLessThan(50);
});

test('a scrape pauses between metrics, so that others run', async () => {
  const bound = new SeriesBound(100_000);
  const slow = Array.from({ length: 10 }, (_, n): Reading => {
    const definition = { ...GAUGE, name: `g${n}` };
    return {
      definition,
      read(add) {
        const until = performance.now() + 5;
        while (performance.now() < until) continue;
        add(['a'], 1);
      },
    };
  });
  const write = createExposition({ counted: [], read: () => slow, bound });
  await write();
  let turns = 0;
  const writing = write();
  const count = (): void => {
    turns++;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  await writing;
  clearImmediate(counting);
  expect(turns).toBeGreaterThanOrEqual(9);
});

test('what is read at the scrape has the room that what is counted leaves, and the rest is left out and counted', async () => {
  const bound = new SeriesBound(1000);
  const counted = counterOf(2000, bound);
  const states: Reading = {
    definition: GAUGE,
    read(add) {
      for (let n = 0; n < 1000; n++) add([`entry ${n}`], 1);
    },
  };
  const seen = parseScrape(await createExposition({ counted: [counted], read: () => [states], bound })());
  const own = [...seen.series].filter((line) => /^(?:c_total|g)\{/.test(line));
  expect(own.length).toBeLessThanOrEqual(1000);
  expect(own.length).toBeGreaterThan(900);
  expect(seen.count('c_total')).toBe(2000);
  expect(seen.count('spillway_metrics_series_dropped_total')).toBeGreaterThanOrEqual(1000 - seen.count('g'));
});

test('a label with quotes, backslashes and line feeds stays one label', async () => {
  const name = 'a "b" \\ \n c{d="e"} 1';
  const states: Reading = { definition: GAUGE, read: (add) => add([name], 1) };
  const write = createExposition({ counted: [], read: () => [states], bound: new SeriesBound(1000) });
  expect(parseScrape(await write()).count('g', { name })).toBe(1);
});

/** A scrape of nothing but these. */
async function scrapeOf(readings: readonly Reading[]): Promise<Scrape> {
  return parseScrape(await createExposition({ counted: [], read: () => readings, bound: new SeriesBound(1000) })());
}

test('the request log has metrics where there is one, and none otherwise', async () => {
  const dropped = { queue_full: 2, disk_full: 0, bad_row: 1, shutdown: 0 };
  const bodies = { written: 3, dropped: { buffer_full: 0, slow: 4, failed: 0, disk_full: 0, no_row: 0, shutdown: 0 } };
  const exported = { sent: 5, dropped: 6 };
  const counts = { rows: 7, dropped, queueBytes: 100, queueMaxBytes: 1000, exported, bodies };
  const seen = await scrapeOf(logReadings(() => counts));
  expect(seen.count('spillway_log_export_rows_total')).toBe(5);
  expect(seen.count('spillway_log_export_rows_dropped_total')).toBe(6);
  expect(seen.count('spillway_log_bodies_total')).toBe(3);
  expect(seen.count('spillway_log_bodies_dropped_total', { reason: 'slow' })).toBe(4);
  expect(seen.count('spillway_log_rows_total')).toBe(7);
  expect(seen.count('spillway_log_rows_dropped_total', { reason: 'queue_full' })).toBe(2);
  expect([...seen.names].filter((name) => name.includes('_log_'))).toEqual(
    Object.values(LOG_METRICS).map(({ name }) => name),
  );
  expect([...(await scrapeOf(logReadings(undefined))).names].filter((name) => name.includes('_log_'))).toEqual([]);
});
