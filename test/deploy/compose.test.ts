import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { exposureProblems } from '../../src/config/exposure.ts';
import { loadConfigFile } from '../../src/config/load.ts';
import { metricsSettings } from '../../src/config/metrics-settings.ts';
import type { Config } from '../../src/config/schema.ts';
import { serverSettings } from '../../src/config/server-settings.ts';
import { parseDuration } from '../../src/config/units.ts';
import manifest from '../../package.json' with { type: 'json' };
import { installed } from '../helpers/installed.ts';

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');
const FOLDER = mkdtempSync(join(tmpdir(), 'spillway-compose-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));
const PROMTOOL = installed('promtool');

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
}

const read = (path: string): string => readFileSync(join(DEPLOY, path), 'utf8');
const TEXT = read('compose.yaml');
const compose = parse(TEXT) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly environment: string }>>;
  readonly volumes: object;
};
const { services } = compose;
const names = Object.keys(services);
/** By path in the container, the file of the repository that is mounted there. */
function mountsOf({ volumes = [] }: Service): ReadonlyMap<string, string> {
  return new Map(
    volumes.flatMap((volume) => {
      const [from = '', to = ''] = volume.split(':');
      return from.startsWith('.') ? [[to, resolve(DEPLOY, from)] as const] : [];
    }),
  );
}

async function gatewayConfig(): Promise<Config> {
  const text = read('compose/spillway.yaml').replaceAll(/\$\{file:([^}]*)\}/g, (_, path: string) => {
    const file = join(FOLDER, path.replaceAll('/', '-'));
    writeFileSync(file, 'a-secret-of-20-characters\n');
    return `\${file:${file}}`;
  });
  const file = join(FOLDER, 'spillway.yaml');
  writeFileSync(file, text);
  const result = await loadConfigFile(file, {});
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

test('it starts the gateway, PostgreSQL, Redis, Prometheus and Grafana, each with a check of its health', () => {
  expect(names.toSorted()).toEqual(['gateway', 'grafana', 'postgres', 'prometheus', 'redis']);
  for (const name of names) expect(services[name]?.healthcheck?.test[0]).toBe('CMD');
});

test('images have a version, and that of the gateway is built here', () => {
  for (const [name, { image }] of Object.entries(services))
    expect([name, image]).toEqual([name, expect.stringMatching(/^[a-z/]+:v?\d+\.\d+(\.\d+)?(-alpine)?$/)]);
  expect(services['gateway']?.image).toBe(`spillway:${manifest.version}`);
  expect(existsSync(resolve(DEPLOY, services['gateway']?.build ?? '', 'Dockerfile'))).toBe(true);
});

test('what it mounts exists, and named volumes are declared', () => {
  const mounted = names.flatMap((name) => [...mountsOf(services[name]!).values()]);
  expect(mounted.length).toBeGreaterThan(5);
  for (const file of mounted) expect([file, existsSync(file)]).toEqual([file, true]);
  const named = names.flatMap((name) => (services[name]?.volumes ?? []).filter((volume) => /^\w/.test(volume)));
  expect(named.map((volume) => volume.replace(/:.*/, '')).toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
});

test('every port is published on loopback only', () => {
  for (const port of names.flatMap((name) => services[name]?.ports ?? [])) expect(port).toMatch(/^127\.0\.0\.1:/);
});

/** The names of the secrets that a text reads. */
function named(text: string): string[] {
  return [...new Set([...text.matchAll(/\/run\/secrets\/([\w-]+)/g)].map(([, name = '']) => name))].toSorted();
}

test('secrets are files from variables that its first lines set, and each is used where it is mounted', () => {
  const used = new Set(names.flatMap((name) => services[name]?.secrets ?? []));
  expect([...used].toSorted()).toEqual(Object.keys(compose.secrets).toSorted());
  const head = TEXT.slice(0, TEXT.indexOf('name:'));
  for (const { environment } of Object.values(compose.secrets)) expect(head).toContain(`${environment}=`);
  expect(named(read('compose/spillway.yaml'))).toEqual(services['gateway']?.secrets?.toSorted());
  for (const name of ['postgres', 'grafana'])
    expect(named(JSON.stringify(services[name]?.environment))).toEqual(services[name]?.secrets);
});

test('the configuration of the gateway is valid in a container, and names services of the project', async () => {
  const config = await gatewayConfig();
  expect(exposureProblems(config, '0.0.0.0')).toEqual([]);
  const store = new URL(config.store?.url ?? '');
  const { POSTGRES_USER: user, POSTGRES_DB: database } = services['postgres']?.environment ?? {};
  expect([store.hostname, store.username, store.pathname]).toEqual(['postgres', user, `/${database}`]);
  expect(mountsOf(services['gateway']!).get('/etc/spillway/spillway.yaml')).toBe(join(DEPLOY, 'compose/spillway.yaml'));
  const { drainDelay, drainTimeout, port } = serverSettings(config);
  expect(parseDuration(services['gateway']?.stop_grace_period ?? '')).toBe(drainDelay + drainTimeout + 10_000);
  expect(services['gateway']?.ports).toEqual([`127.0.0.1:${port}:${port}`]);
  expect(services['gateway']?.healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${port}/readyz`);
});

test('Prometheus scrapes the gateway where it serves its metrics, and loads its alerts', async () => {
  const prometheus = parse(read('compose/prometheus.yaml')) as {
    readonly rule_files: readonly string[];
    readonly scrape_configs: readonly { readonly dns_sd_configs: readonly { names: string[]; port: number }[] }[];
  };
  const [{ names: hosts, port } = { names: [], port: 0 }] = prometheus.scrape_configs[0]?.dns_sd_configs ?? [];
  expect([hosts, port]).toEqual([['gateway'], metricsSettings(await gatewayConfig()).port]);
  const mounts = mountsOf(services['prometheus']!);
  expect(prometheus.rule_files.map((file) => mounts.get(file))).toEqual([
    resolve(DEPLOY, '../docs/grafana/alerts.yaml'),
  ]);
});

test.skipIf(PROMTOOL === undefined)(
  PROMTOOL === undefined ? 'skipped: promtool not found' : 'promtool has no complaint about it',
  () => {
    const mounts = mountsOf(services['prometheus']!);
    let text = read('compose/prometheus.yaml');
    for (const [inside, file] of mounts) text = text.replaceAll(inside, file);
    const file = join(FOLDER, 'prometheus.yaml');
    writeFileSync(file, text);
    const said = execFileSync(PROMTOOL ?? '', ['check', 'config', file], { encoding: 'utf8' });
    expect(said).toMatch(/SUCCESS: 1 rule files found[^]*SUCCESS: \d+ rules found/);
  },
);

test('Grafana has the data source, and the dashboard of docs/ as its first page', () => {
  const { environment = {}, ...grafana } = services['grafana']!;
  const mounts = mountsOf(grafana);
  const home = environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
  expect(mounts.get(home)).toBe(resolve(DEPLOY, '../docs/grafana/spillway.json'));
  const provisioned = '/etc/grafana/provisioning';
  const yaml = (path: string): unknown => parse(readFileSync(mounts.get(`${provisioned}/${path}`) ?? '', 'utf8'));
  expect(yaml('dashboards/spillway.yaml')).toMatchObject({ providers: [{ options: { path: dirname(home) } }] });
  const { datasources } = yaml('datasources/spillway.yaml') as { datasources: { url: string; isDefault: boolean }[] };
  expect(datasources.map(({ url, isDefault }) => [new URL(url).hostname, isDefault])).toEqual([['prometheus', true]]);
});
