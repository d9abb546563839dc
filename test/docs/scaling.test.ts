import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const PAGE = read('docs/scaling.md');
const RUN = read('docs/performance.md').split('```')[3] ?? '';

/** The first number behind a text of the run in docs/performance.md. */
function measured(pattern: RegExp): number {
  const found = pattern.exec(RUN)?.[1];
  expect(found, String(pattern)).toBeDefined();
  return Number(found);
}

/** The cells of a row of the page, without its name. */
function row(name: string): string[] {
  const line = PAGE.split('\n').find((each) => each.startsWith(`| ${name}`));
  return (line ?? '')
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());
}

const US_AN_EVENT = measured(/CPU per event .*?([\d.]+) us, pipe/);
const MB_AT_REST = measured(/start from the build[^]*?memory a second later +< \d+ MB +([\d.]+) MB/);
const KB_A_STREAM = ((measured(/ {2}memory +< \d+ MB +(\d+) MB/) - MB_AT_REST) * 1000) / 2000;
const EVENTS_A_CORE = (0.6 * 1_000_000) / US_AN_EVENT;
const SIZES = [10_000, 100_000, 1_000_000];
const CORES = SIZES.map((streams) => Math.ceil((streams * 25) / EVENTS_A_CORE));

const whole = (amount: number): string => amount.toLocaleString('en-US', { maximumFractionDigits: 0 });
/** Two digits, as the page writes gigabytes. */
const rounded = (amount: number): string => (amount < 10 ? amount.toFixed(1) : whole(amount));

describe('docs/scaling.md', () => {
  test('takes its figures from the run in docs/performance.md', () => {
    expect(row('CPU for an event')[0]).toBe(`${US_AN_EVENT} us`);
    expect(row('memory of a process at rest')[0]).toBe(`${MB_AT_REST.toFixed(0)} MB`);
    expect(row('memory of a stream')[0]).toBe(`${Math.floor(KB_A_STREAM)} KB`);
    expect(PAGE).toContain(
      `${whole(Math.round(EVENTS_A_CORE / 100) * 100)} events a second, which is **${Math.round(EVENTS_A_CORE / 250) * 10} streams**`,
    );
  });

  test.each<[string, readonly string[]]>([
    ['events a second', SIZES.map((streams) => whole(streams * 25))],
    ['cores', CORES.map(whole)],
    ['memory of streams', SIZES.map((streams) => `${rounded((streams * KB_A_STREAM) / 1_000_000)} GB`)],
    ['memory of processes', CORES.map((cores) => `${rounded((cores * MB_AT_REST) / 1000)} GB`)],
    ['memory limits of pods', CORES.map((cores) => `${rounded((cores * 512) / 1000)} GB`)],
    ['starts a second', SIZES.map((streams) => whole(streams / 20))],
    ['network', SIZES.map((streams) => `${rounded((streams * 25 * 277 * 8) / 1_000_000_000)} Gbit/s`)],
    ['connections to PostgreSQL', CORES.map((cores) => whole(cores * 7))],
    ['tokens that providers', SIZES.map((streams) => `${whole((streams * 25 * 60) / 1_000_000)} million`)],
  ])('computes the row "%s" from them', (name, expected) => {
    expect(row(name)).toEqual(expected);
  });

  test('has the defaults of the chart', () => {
    const values = parse(read('deploy/helm/spillway/values.yaml')) as {
      readonly drainDelay: string;
      readonly drainTimeout: string;
      readonly memoryPerWorker: number;
      readonly autoscaling: { readonly openPerWorker: number; readonly cpuPercent: number };
    };
    expect(row('`drainDelay`')[0]).toBe(`\`${values.drainDelay}\``);
    expect(row('`drainTimeout`')[0]).toBe(`\`${values.drainTimeout}\``);
    expect(row('`memoryPerWorker`')[0]).toBe(`\`${values.memoryPerWorker}\` (Mi)`);
    expect(row('`autoscaling.openPerWorker`')[0]).toBe(`\`${values.autoscaling.openPerWorker}\``);
    expect(row('`autoscaling.cpuPercent`')[0]).toBe(`\`${values.autoscaling.cpuPercent}\``);
    expect(values.autoscaling.openPerWorker).toBeLessThanOrEqual(EVENTS_A_CORE / 25);
    expect(values.autoscaling.openPerWorker).toBeGreaterThan((EVENTS_A_CORE / 25) * 0.9);
  });

  test('names settings that the files for HAProxy and nginx have', () => {
    const table = PAGE.slice(PAGE.indexOf('| setting | HAProxy'), PAGE.indexOf('- `server.drainDelay` has to'));
    const cells = table
      .split('\n')
      .slice(2)
      .filter(Boolean)
      .map((line) => line.split('|').map((cell) => cell.trim()));
    const files = [read('deploy/haproxy.cfg'), read('deploy/nginx.conf')];
    const named = cells.flatMap((cell) =>
      [2, 3].flatMap((column) =>
        [...(cell[column] ?? '').matchAll(/`([^`]*)`/g)].map(([, text = '']) => ({ column, text })),
      ),
    );
    expect(named.length).toBeGreaterThan(10);
    for (const { column, text } of named)
      for (const word of text.replace('GET ', '').split(' '))
        expect([text, files[column - 2]?.includes(word)]).toEqual([text, true]);
  });

  test('links to files that exist', () => {
    const links = [...PAGE.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path = '']) => path);
    expect(links.length).toBeGreaterThan(10);
    for (const path of links) expect([path, existsSync(join(ROOT, 'docs', path))]).toEqual([path, true]);
  });
});
