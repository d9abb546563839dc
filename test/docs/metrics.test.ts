import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { SECTIONS } from '../../src/observe/metrics/definitions.ts';
import { LOG_METRICS } from '../../src/observe/metrics/log-metrics.ts';
import { parseScrape, type Scrape, scrape } from '../helpers/metrics.ts';
import { KEYS, openStream, startTraffic } from '../helpers/metrics-traffic.ts';
import type { Rig } from '../helpers/gateway.ts';
import { metricsPage } from './metrics-page.ts';

const DOCS = join(import.meta.dirname, '..', '..', 'docs');
const DASHBOARD = readFileSync(join(DOCS, 'grafana/spillway.json'), 'utf8');
const ALERTS = readFileSync(join(DOCS, 'grafana/alerts.yaml'), 'utf8');
/** From Debian's package `prometheus`, or PATH. */
const PROMTOOL = ['/usr/bin', ...(process.env['PATH'] ?? '').split(':')]
  .map((folder) => join(folder, 'promtool'))
  .find((file) => existsSync(file));

/** The names of metrics in a text, without the suffixes of histograms. */
function namesIn(text: string): ReadonlySet<string> {
  const names = [...text.matchAll(/\b(?:spillway|nodejs|process)_[a-z0-9_]+/g)].map(([name]) => name);
  return new Set(names.map((name) => name.replace(/_seconds_(?:bucket|sum|count)$/, '_seconds')));
}

/** Runs promtool with a text as its input; resolves with what it prints, and throws where it finds a fault. */
function promtool(args: readonly string[], input = ''): string {
  return execFileSync(PROMTOOL ?? '', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

if (PROMTOOL === undefined) process.stdout.write('skipped: promtool not found\n');

test('docs/metrics.md is as generated; `npm run generate` writes it', () => {
  expect(readFileSync(join(DOCS, 'metrics.md'), 'utf8')).toBe(metricsPage());
});

test('every metric has a name, labels and a sentence of the usual form, and no two have one name', () => {
  const all = [...Object.values(SECTIONS).flatMap((section) => Object.values(section)), ...Object.values(LOG_METRICS)];
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const { name, kind, labels, help } of all) {
    expect(name).toMatch(/^spillway_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    expect(labels.every((label) => /^[a-z_]+$/.test(label))).toBe(true);
    expect(help).toMatch(/^[A-Z01].*\.$/);
  }
});

describe('on a real scrape of a gateway that has served traffic', () => {
  let rig: Rig;
  let seen: Scrape;
  beforeAll(async () => {
    rig = await startTraffic();
    await using _open = await openStream(rig);
    seen = await scrape(rig.url, { authorization: `Bearer ${KEYS.operator}` });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  test('every metric that is documented exists', () => {
    const sections = [...Object.values(SECTIONS), LOG_METRICS];
    const documented = sections.flatMap((section) => Object.values(section).map(({ name }) => name));
    expect(documented.filter((name) => !seen.names.has(name))).toEqual([]);
    expect([...seen.names].filter((name) => name.startsWith('spillway_') && !documented.includes(name))).toEqual([]);
  });

  test.each([
    ['the dashboard', DASHBOARD],
    ['the alerts', ALERTS],
  ])('every metric of %s exists', (_, text) => {
    // Perhaps no garbage was collected yet.
    const absent = new Set<string>(['nodejs_gc_duration_seconds']);
    expect(seen.text).toContain('# TYPE nodejs_gc_duration_seconds');
    const named = [...namesIn(text)];
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !seen.names.has(name) && !absent.has(name))).toEqual([]);
  });

  test('every metric of the gateway is on the dashboard', () => {
    const shown = namesIn(DASHBOARD);
    expect([...seen.names].filter((name) => name.startsWith('spillway_') && !shown.has(name))).toEqual([]);
  });

  test.skipIf(PROMTOOL === undefined)('promtool has no complaint about it', () => {
    expect(promtool(['check', 'metrics'], seen.text)).toBe('');
  });
});

describe('the dashboard', () => {
  interface Panel {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
  }
  const dashboard = JSON.parse(DASHBOARD) as {
    readonly panels: readonly Panel[];
    readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
  };
  const { panels } = dashboard;
  const targets = panels.flatMap((panel) => panel.targets ?? []);

  test('has one variable, the data source, which every query uses', () => {
    expect(dashboard.templating.list).toMatchObject([{ name: 'datasource', type: 'datasource' }]);
    expect(new Set(targets.map(({ datasource: { uid } }) => uid))).toEqual(new Set(['${datasource}']));
  });

  test('has seven rows, and no panel on another', () => {
    expect(panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
      'Traffic',
      'Failover',
      'Providers',
      'Money',
      'Limits',
      'Store',
      'Process',
    ]);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  test.skipIf(PROMTOOL === undefined)('has queries that Prometheus parses', () => {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-promtool-'));
    const rules = targets.map(({ expr }, n) => ({
      record: `panel:${n}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$__range', '6h'),
    }));
    const file = join(folder, 'rules.yaml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    expect(promtool(['check', 'rules', file])).toContain(`SUCCESS: ${targets.length} rules found`);
    rmSync(folder, { recursive: true });
  });
});

describe('the alerts', () => {
  test('are thirteen, each with a severity and two sentences', () => {
    const { groups } = parse(ALERTS) as {
      readonly groups: readonly {
        readonly rules: readonly {
          readonly labels: { readonly severity: string };
          readonly annotations: { readonly summary: string; readonly description: string };
        }[];
      }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules).toHaveLength(13);
    for (const { labels, annotations } of rules) {
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(annotations.summary.length * annotations.description.length).toBeGreaterThan(0);
    }
  });

  test.skipIf(PROMTOOL === undefined)('are valid, and fire where they must', () => {
    expect(promtool(['check', 'rules', join(DOCS, 'grafana/alerts.yaml')])).toContain('SUCCESS: 13 rules found');
    expect(promtool(['test', 'rules', join(import.meta.dirname, 'alerts.test.yaml')])).toContain('SUCCESS');
  });
});

test('a text that is not in the format is noticed', () => {
  expect(() => parseScrape('spillway_x{a="b} 1\n')).toThrow('not in the format');
  expect(() => parseScrape('spillway_x 1\nspillway_x 2\n')).toThrow('twice');
});
