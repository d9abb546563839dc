import { describe, expect, test } from 'vitest';
import { CounterCells, HistogramCells } from '../../../src/observe/metrics/cells.ts';
import type { MetricDefinition } from '../../../src/observe/metrics/definitions.ts';
import { ChainLabels, ClosedLabels } from '../../../src/observe/metrics/labels.ts';
import type { Reading } from '../../../src/observe/metrics/metric.ts';
import { SeriesBound } from '../../../src/observe/metrics/series-bound.ts';

const COUNTER: MetricDefinition = { name: 'c_total', kind: 'counter', labels: ['chain', 'code'], help: 'Things.' };
const TIMES: MetricDefinition = { ...COUNTER, name: 't_seconds', kind: 'histogram', labels: [], buckets: [0.1, 1] };

/** The lines of a metric: its labels, the part of a histogram, and the value. */
function linesOf(reading: Reading): string[] {
  const lines: string[] = [];
  reading.read((labels, value, part) =>
    lines.push([...labels, ...(part === undefined ? [] : [`${part.suffix}${part.le ?? ''}`]), value].join(' ')),
  );
  return lines;
}

function counterOf(max: number) {
  const bound = new SeriesBound(max);
  const chain = new ChainLabels((name) => name.startsWith('chain-'));
  const code = new ClosedLabels('code', ['ok', 'failed']);
  const cells = new CounterCells(COUNTER, { labels: [chain, code], bound });
  const add = (name: string | undefined, outcome: 'ok' | 'failed', by?: number): void =>
    cells.add(cells.at(chain.id(name), code.id(outcome)), by);
  return { bound, cells, add };
}

test('a counter has one series for each set of labels', () => {
  const { cells, add } = counterOf(1000);
  add('chain-a', 'ok');
  add('chain-a', 'ok', 2);
  add('chain-a', 'failed');
  add(undefined, 'ok');
  add('groq/llama', 'ok');
  expect(linesOf(cells)).toEqual(['chain-a ok 3', 'chain-a failed 1', '(none) ok 1', '(pair) ok 1']);
});

test('more sets than the first table holds keep their counts', () => {
  const { cells, add } = counterOf(10_000);
  for (let n = 0; n < 100; n++) add(`chain-${n}`, 'ok', n);
  expect(linesOf(cells)).toEqual(Array.from({ length: 100 }, (_, n) => `chain-${n} ok ${n}`));
});

test('beyond the bound values go to (other) and are counted, and no total changes', () => {
  const { bound, cells, add } = counterOf(100);
  for (let n = 0; n < 2000; n++) for (const code of ['ok', 'failed'] as const) add(`chain-${n}`, code);
  const lines = linesOf(cells);
  expect(lines.length).toBeLessThanOrEqual(75);
  expect(lines.map((line) => Number(line.split(' ').at(-1))).reduce((sum, each) => sum + each, 0)).toBe(4000);
  const own = lines.filter((line) => line.startsWith('chain-')).length;
  expect(bound.dropped).toBe(4000 - own);
  expect(lines).toContain(`(other) ok ${2000 - Math.ceil(own / 2)}`);
  expect(bound.room).toBeGreaterThanOrEqual(25);
});

test('where not even coarse sets fit, one row has all others', () => {
  const { cells, add } = counterOf(1);
  add('chain-a', 'ok');
  add('chain-b', 'failed');
  expect(linesOf(cells)).toEqual(['(other) (other) 2']);
});

test('a metric with few sets of closed labels has all of them from the beginning, at 0', () => {
  const bound = new SeriesBound(1000);
  const labels = [new ClosedLabels('chain', ['a', 'b']), new ClosedLabels('code', ['ok'])];
  expect(linesOf(new CounterCells(COUNTER, { labels, bound }))).toEqual(['a ok 0', 'b ok 0']);
  expect(linesOf(new HistogramCells(TIMES, { labels: [], bound }))).toContain('_count 0');
});

test('a histogram has cumulative buckets, with bounds that are part of theirs', () => {
  const cells = new HistogramCells(TIMES, { labels: [], bound: new SeriesBound(1000) });
  for (const value of [0.05, 0.1, 0.5, 7]) cells.observe(0, value);
  expect(linesOf(cells)).toEqual(['_bucket0.1 2', '_bucket1 3', '_bucket+Inf 4', '_sum 7.65', '_count 4']);
});

test('a sum in billionths is read in its unit, without an error of its own', () => {
  const labels = [new ClosedLabels('chain', ['a']), new ClosedLabels('code', ['ok'])];
  const cells = new CounterCells(COUNTER, { labels, bound: new SeriesBound(1000) }, 1e9);
  for (let n = 0; n < 3; n++) cells.add(cells.at(1, 1), 100_000_000);
  expect(linesOf(cells)).toEqual(['a ok 0.3']);
});

describe('a metric that is not what its definition says', () => {
  test('fails the start', () => {
    const bound = new SeriesBound(1000);
    const chain = new ChainLabels(() => true);
    expect(() => new CounterCells(COUNTER, { labels: [chain], bound })).toThrow('other labels');
    const labels = [chain, chain, chain];
    expect(() => new CounterCells({ ...COUNTER, labels: ['chain', 'chain', 'chain'] }, { labels, bound })).toThrow(
      'too many labels',
    );
  });
});
