import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { NEED_RESTART } from '../../src/config/active-config.ts';
import { exposureProblems } from '../../src/config/exposure.ts';
import { loadConfigFile } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { serverSettings } from '../../src/config/server-settings.ts';
import { SECTIONS } from '../../src/observe/metrics/definitions.ts';
import manifest from '../../package.json' with { type: 'json' };
import { run } from '../helpers/cli.ts';
import { installed } from '../helpers/installed.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CHART = join(ROOT, 'deploy', 'helm', 'spillway');
const FOLDER = mkdtempSync(join(tmpdir(), 'spillway-helm-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));
const HELM = installed('helm');
/** Helm's caches and plugins are not those of this machine's user. */
const ENVIRONMENT = { HOME: FOLDER, HELM_NAMESPACE: 'llm' };

/** The part of an object of Kubernetes that is looked at here. */
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  // oxlint-disable-next-line typescript/no-explicit-any -- each kind has a form of its own, and a wrong member fails its comparison
  readonly spec?: any;
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

function values(name: string, text: string): string {
  const file = join(FOLDER, `${name}.yaml`);
  writeFileSync(file, text);
  return file;
}

const VALUES: Readonly<Record<string, string>> = {
  default: values('default', ''),
  minimal: join(CHART, 'ci', 'minimal-values.yaml'),
  full: join(CHART, 'ci', 'full-values.yaml'),
};

function helm(...args: readonly string[]): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(HELM ?? '', args, { encoding: 'utf8', env: ENVIRONMENT });
  return { status, said: stdout + stderr };
}

function render(file: string, ...more: readonly string[]): readonly Manifest[] {
  return renderChart(CHART, file, ...more);
}

function renderChart(chart: string, file: string, ...more: readonly string[]): readonly Manifest[] {
  const args = ['template', 'rel', chart, '--kube-version', '1.31.0', '--values', file, ...more];
  const text = execFileSync(HELM ?? '', args, {
    encoding: 'utf8',
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const documents = parseAllDocuments(text);
  return documents.flatMap((each) => {
    expect(each.errors).toEqual([]);
    const value = each.toJS() as Manifest | null;
    return value === null ? [] : [value];
  });
}

function only(manifests: readonly Manifest[], kind: string): Manifest {
  const found = manifests.filter((each) => each.kind === kind);
  expect(found, kind).toHaveLength(1);
  return found[0]!;
}

const podOf = (manifests: readonly Manifest[]) => only(manifests, 'Deployment').spec.template.spec;
const containerOf = (manifests: readonly Manifest[]) => podOf(manifests).containers[0];

/** The text of the configuration, which is in a ConfigMap or a Secret. */
function configText(manifests: readonly Manifest[]): string {
  const holder = manifests.find(({ metadata }) => metadata.name.endsWith('-config'));
  return (holder?.data ?? holder?.stringData)?.['spillway.yaml'] ?? '';
}

/** Writes the configuration to a file, and a secret for each that it names. */
function configFile(manifests: readonly Manifest[]): string {
  const text = configText(manifests).replaceAll(/\$\{file:([^}]*)\}/g, (_, path: string) => {
    const secret = join(FOLDER, path.replaceAll('/', '-'));
    writeFileSync(secret, `${path.replaceAll(/\W/g, '-')}-of-20-characters\n`);
    return `\${file:${secret}}`;
  });
  return values('spillway', text);
}

const CONFIG_ENVIRONMENT = { CLIENT_KEY: 'client-key-of-20-characters', DB_HOST: 'db.example' };

async function configOf(manifests: readonly Manifest[]): Promise<Config> {
  const result = await loadConfigFile(configFile(manifests), CONFIG_ENVIRONMENT);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

/** The annotation of pods that decides whether a change of the values replaces them. */
function annotation(...more: readonly string[]): string {
  const { template } = only(render(VALUES['minimal']!, ...more), 'Deployment').spec;
  return template.metadata.annotations['checksum/config'];
}

describe.skipIf(HELM === undefined)(HELM === undefined ? 'skipped: helm not found' : 'the Helm chart', () => {
  test.each(Object.entries(VALUES))('with %s values it has no complaint of helm lint', (_, file) => {
    expect(helm('lint', CHART, '--strict', '--values', file)).toMatchObject({ status: 0 });
  });

  test.each([
    ['default', ['ConfigMap', 'Deployment', 'PodDisruptionBudget', 'Service', 'Service', 'ServiceAccount']],
    ['minimal', ['ConfigMap', 'Deployment', 'Service']],
    [
      'full',
      [
        'Deployment',
        'HorizontalPodAutoscaler',
        'Ingress',
        'NetworkPolicy',
        'PodDisruptionBudget',
        'Secret',
        'Secret',
        'Service',
        'Service',
        'ServiceAccount',
        'ServiceMonitor',
      ],
    ],
  ])('with %s values it makes these objects, all with the labels that select its pods', (name, kinds) => {
    const manifests = render(VALUES[name]!);
    expect(manifests.map(({ kind }) => kind).toSorted()).toEqual(kinds);
    const { selector, template } = only(manifests, 'Deployment').spec;
    for (const { metadata } of manifests) expect(metadata.labels).toMatchObject(selector.matchLabels);
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    for (const { kind, spec } of manifests) {
      if (kind === 'Service') expect(spec.selector).toEqual(selector.matchLabels);
      if (kind === 'PodDisruptionBudget') expect(spec.selector).toEqual(selector);
      if (kind === 'NetworkPolicy') expect(spec.podSelector).toEqual(selector);
    }
    expect(new Set(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).size).toBe(manifests.length);
  });

  test.each(Object.entries(VALUES))(
    'with %s values the configuration is valid, also on a public address',
    async (_, file) => {
      const config = await configOf(render(file));
      expect(exposureProblems(config, '0.0.0.0')).toEqual([]);
    },
  );

  test('numbers of the configuration stay what they are', async () => {
    const { providers } = await configOf(render(VALUES['full']!));
    expect(providers['groq']?.limits).toMatchObject({ requestsPerMinute: 30, tokensPerDay: 100_000_000 });
  });

  test('a file of the gateway is taken as it is', async () => {
    const text =
      'providers: { a: { baseUrl: "https://h.example/v1", apiKey: none } }\nchains: { c: { entries: [a/m] } }\n';
    const config = await configOf(render(VALUES['default']!, '--set-file', `config=${values('own', text)}`));
    expect(Object.keys(config.providers)).toEqual(['a']);
    expect(config.server).toEqual({ drainDelay: 10_000, drainTimeout: 600_000 });
    expect(config.metrics).toEqual({ port: 9464 });
  });

  test('the gateway starts with the arguments of the container, and answers its probes and scrapes', async () => {
    const manifests = render(VALUES['default']!);
    const container = containerOf(manifests);
    expect(podOf(manifests).volumes.map(({ name }: { name: string }) => name)).toContain('config');
    const replaced: Record<string, string> = {
      '/etc/spillway/spillway.yaml': configFile(manifests),
      '4141': '0',
      '0.0.0.0': '127.0.0.1',
    };
    for (const each of Object.keys(replaced)) expect(container.args).toContain(each);
    writeFileSync(
      replaced['/etc/spillway/spillway.yaml']!,
      readFileSync(replaced['/etc/spillway/spillway.yaml']!, 'utf8').replace('port: 9464', 'port: 0'),
    );
    await using gateway = run(container.args.map((each: string) => replaced[each] ?? each));
    const [, metricsUrl = ''] = await gateway.says(/metrics on (http\S+)/);
    const [, url = ''] = await gateway.says(/spillway on (http\S+)/);
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      const { path, port } = container[probe].httpGet;
      expect(port).toBe('http');
      expect([probe, (await fetch(url + path)).status]).toEqual([probe, 200]);
    }
    expect(metricsUrl).toMatch(/\/metrics$/);
    expect(await (await fetch(metricsUrl)).text()).toContain('spillway_requests_in_progress');
  });

  test('ports, paths and names are those of the image', () => {
    const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
    const container = containerOf(render(VALUES['default']!));
    expect(container.image).toBe(`spillway:${manifest.version}`);
    expect(dockerfile).toContain(`EXPOSE ${container.ports[0].containerPort}`);
    expect(container.args).toEqual(expect.arrayContaining(['--port', String(container.ports[0].containerPort)]));
    expect(dockerfile).toContain(`SPILLWAY_CONFIG=${container.args[container.args.indexOf('--config') + 1]}`);
    // The user `node` of the image has the id 1000.
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')).podSecurityContext.runAsUser).toBe(1000);
    expect(containerOf(render(VALUES['full']!)).image).toMatch(/^registry\.example\/spillway@sha256:/);
  });

  test.each(Object.entries(VALUES))(
    'with %s values services, monitors and policies name ports of the pods',
    async (_, file) => {
      const manifests = render(file);
      const ports = new Map<string, number>(
        containerOf(manifests).ports.map(({ name, containerPort }: { name: string; containerPort: number }) => [
          name,
          containerPort,
        ]),
      );
      const { metrics } = await configOf(manifests);
      expect(ports.get('metrics')).toBe(metrics?.port);
      const services = manifests.filter(({ kind }) => kind === 'Service');
      for (const { spec } of services)
        for (const { targetPort } of spec.ports) expect([...ports.keys()]).toContain(targetPort);
      for (const { spec } of manifests.filter(({ kind }) => kind === 'NetworkPolicy'))
        expect(
          spec.ingress.flatMap((rule: { ports: { port: string }[] }) => rule.ports.map(({ port }) => port)).toSorted(),
        ).toEqual([...ports.keys()].toSorted());
      for (const { spec } of manifests.filter(({ kind }) => kind === 'ServiceMonitor')) {
        const selected = services.filter(({ metadata }) =>
          Object.entries(spec.selector.matchLabels).every(([name, value]) => metadata.labels[name] === value),
        );
        expect(selected.map((each) => each.spec.ports.map(({ name }: { name: string }) => name))).toEqual([
          [spec.endpoints[0].port],
        ]);
      }
      for (const { spec } of manifests.filter(({ kind }) => kind === 'Ingress'))
        for (const rule of spec.rules) {
          const { name, port } = rule.http.paths[0].backend.service;
          const service = services.find(({ metadata }) => metadata.name === name);
          expect(service?.spec.ports.map((each: { name: string }) => each.name)).toContain(port.name);
        }
    },
  );

  test.each(Object.entries(VALUES))(
    'with %s values every mount has its volume, and what must be writable is',
    (_, file) => {
      const manifests = render(file);
      const { volumes } = podOf(manifests);
      const container = containerOf(manifests);
      const names = volumes.map(({ name }: { name: string }) => name);
      expect(container.volumeMounts.map(({ name }: { name: string }) => name).toSorted()).toEqual(names.toSorted());
      const writable = container.volumeMounts.filter(({ readOnly }: { readOnly?: boolean }) => readOnly !== true);
      expect(writable.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual([
        '/var/lib/spillway',
        '/tmp',
        '/home/node/.cache',
      ]);
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(podOf(manifests).securityContext).toMatchObject({ runAsNonRoot: true, fsGroup: 1000 });
      const configVolume = volumes.find(({ name }: { name: string }) => name === 'config');
      const holder = configVolume.configMap?.name ?? configVolume.secret?.secretName;
      expect(manifests.find(({ metadata }) => metadata.name === holder)?.kind).toBe(
        configVolume.secret === undefined ? 'ConfigMap' : 'Secret',
      );
    },
  );

  test.each(['default', 'full'])(
    'with %s values the secrets that the configuration names are mounted where it reads them',
    (name) => {
      const manifests = render(VALUES[name]!);
      const { mountPath } = containerOf(manifests).volumeMounts.find(
        (each: { name: string }) => each.name === 'secrets',
      );
      const files = [...configText(manifests).matchAll(/\$\{file:([^}]*)\}/g)].map(([, path = '']) => path);
      expect(files.length).toBeGreaterThan(1);
      for (const path of files) expect(path).toMatch(new RegExp(`^${mountPath}/[^/]+$`));
      const { projected } = podOf(manifests).volumes.find((each: { name: string }) => each.name === 'secrets');
      const sources = projected.sources.map(({ secret }: { secret: { name: string } }) => secret.name);
      expect(sources).toEqual(name === 'default' ? ['spillway-secrets'] : ['providers', 'clients', 'rel-llm-secrets']);
      if (name === 'full')
        expect(manifests.find(({ metadata }) => metadata.name === 'rel-llm-secrets')?.stringData).toEqual({
          'db-password': 'only-for-a-trial',
        });
    },
  );

  test.each([
    ['the defaults', '', 620],
    ['other values', 'drainDelay: 15s\ndrainTimeout: 25s\npreStopSeconds: 7\n', 57],
    ['a whole configuration', 'config: { server: { drainDelay: 500ms, drainTimeout: 1.5m } }\n', 101],
    ['one of both', 'config: { server: { drainTimeout: 1h } }\n', 3620],
    ['milliseconds', 'config: { server: { drainDelay: 2500, drainTimeout: 1000000 } }\n', 1013],
    ['blanks and capitals', 'config: { server: { drainDelay: " 5 S", drainTimeout: 2 M } }\n', 135],
  ])('the grace period is the sum of what a graceful shutdown takes: %s', async (_, text, seconds) => {
    const base =
      '  providers: { a: { baseUrl: "https://h.example", apiKey: none } }\n  chains: { c: { entries: [a/m] } }\n';
    const file = values('grace', text.replace(/^config: \{ (server:.*) \}$/m, `config:\n  $1\n${base}`));
    const manifests = render(file);
    const { drainDelay, drainTimeout } = serverSettings(await configOf(manifests));
    const sleep = Number(containerOf(manifests).lifecycle?.preStop.exec.command[1] ?? 0);
    const grace = podOf(manifests).terminationGracePeriodSeconds;
    expect(grace).toBe(seconds);
    expect(grace).toBe(Math.ceil(drainDelay / 1000) + Math.ceil(drainTimeout / 1000) + sleep + 10);
  });

  test('the autoscaler follows a metric that the gateway has, and CPU, up at once and down slowly', () => {
    const { spec } = only(render(VALUES['full']!), 'HorizontalPodAutoscaler');
    const [open, cpu] = spec.metrics;
    const gauges = Object.values(SECTIONS.traffic).flatMap(({ kind, name }) => (kind === 'gauge' ? [name] : []));
    expect(gauges).toContain(open.pods.metric.name);
    expect(open.pods.target).toEqual({ type: 'AverageValue', averageValue: '1400' });
    expect(cpu.resource).toEqual({ name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } });
    expect(spec.behavior).toEqual({
      scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
      scaleDown: { stabilizationWindowSeconds: 600, policies: [{ type: 'Pods', value: 1, periodSeconds: 120 }] },
    });
    expect(only(render(VALUES['full']!), 'Deployment').spec).not.toHaveProperty('replicas');
    const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as {
      properties: { autoscaling: { properties: { metric: { enum: string[] } } } };
    };
    for (const each of schema.properties.autoscaling.properties.metric.enum) expect(gauges).toContain(each);
  });

  test('resources follow the number of workers, and CPU has no limit', () => {
    const resources = (name: string) => containerOf(render(VALUES[name]!)).resources;
    expect(resources('default')).toEqual({ requests: { cpu: '1', memory: '512Mi' }, limits: { memory: '512Mi' } });
    expect(resources('full')).toEqual({ requests: { cpu: '2', memory: '1024Mi' }, limits: { memory: '1024Mi' } });
    const own = values('resources', 'resources: { requests: { cpu: 500m } }\n');
    expect(containerOf(render(own)).resources).toEqual({ requests: { cpu: '500m' } });
  });

  test('a rollout never has fewer pods than before, and spreads them', () => {
    const { strategy, minReadySeconds, template } = only(render(VALUES['default']!), 'Deployment').spec;
    expect(strategy.rollingUpdate).toEqual({ maxSurge: '25%', maxUnavailable: 0 });
    expect(minReadySeconds).toBe(10);
    const keys = template.spec.topologySpreadConstraints.map(({ topologyKey }: { topologyKey: string }) => topologyKey);
    expect(keys).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
    for (const { labelSelector } of template.spec.topologySpreadConstraints)
      expect(template.metadata.labels).toMatchObject(labelSelector.matchLabels);
    expect(only(render(VALUES['default']!), 'PodDisruptionBudget').spec.maxUnavailable).toBe(1);
  });

  test('pods are replaced for a section that counts at the start, and on request for every change', () => {
    const change: Readonly<Record<(typeof NEED_RESTART)[number], string>> = {
      server: 'config.server.bodyLimit=1mb',
      store: 'config.store.url=memory:',
      metrics: 'config.metrics.public=true',
      traces: 'config.traces.sample=0.1',
    };
    for (const section of NEED_RESTART)
      expect([section, annotation('--set', change[section]) === annotation()]).toEqual([section, false]);
    const chains = ['--set', 'config.chains.default.deadline=1m'];
    expect(annotation(...chains)).toBe(annotation());
    const always = ['--set', 'rolloutOnChange=true'];
    expect(annotation(...always, ...chains)).not.toBe(annotation(...always));
  });

  test.each([
    ['an unknown value', 'replica: 3', /additional properties 'replica' not allowed/],
    ['no number', 'workers: two', /\/workers': got string, want integer/],
    ['no worker', 'workers: 0', /\/workers': minimum/],
    ['no duration', 'drainTimeout: soon', /\/drainTimeout/],
    [
      'no duration in the configuration',
      'config: { server: { drainTimeout: "${DRAIN}" }, providers: { a: 1 }, chains: { c: 1 } }',
      /server\.drainTimeout: "\$\{drain\}" is not a duration/,
    ],
    ['another kind', 'configIn: File', /\/configIn/],
    ['a metric that the gateway does not have', 'autoscaling: { metric: requests }', /\/autoscaling\/metric/],
    [
      'an autoscaler without a metric',
      'autoscaling: { enabled: true, cpuPercent: 0, openPerWorker: 0 }',
      /set cpuPercent or openPerWorker/,
    ],
    ['an ingress without a host', 'ingress: { enabled: true }', /\/ingress\/hosts/],
    ['a monitor without a port', 'serviceMonitor: { enabled: true }\nmetrics: { port: 0 }', /needs metrics\.port/],
    ['a configuration without chains', 'config: { providers: { a: 1 } }', /config\.chains: write it/],
    ['a configuration that is no YAML', 'config: "a: ["', /config: not a mapping in YAML/],
    ['a configuration that is a list', 'config: [a]', /\/config': got array/],
  ])('%s is refused', (_, text, problem) => {
    const { status, said } = helm(
      'template',
      'rel',
      CHART,
      '--kube-version',
      '1.31.0',
      '--values',
      values('wrong', text),
    );
    expect(status).toBe(1);
    expect(said).toMatch(problem);
  });

  test('every value of the schema is in values.yaml, with its default', () => {
    const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as { properties: object };
    const written = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as object;
    // Set by a parent chart, and passed to every chart.
    const expected = Object.keys(schema.properties).filter((name) => name !== 'global');
    expect(Object.keys(written).toSorted()).toEqual(expected.toSorted());
  });

  test('the notes name the secrets to make and the time that a pod has', () => {
    // Helm shows the notes of an installation only, which needs a cluster.
    const chart = join(FOLDER, 'chart');
    cpSync(CHART, chart, { recursive: true });
    cpSync(join(chart, 'templates', 'NOTES.txt'), join(chart, 'notes.txt'));
    const object = 'apiVersion: v1\nkind: Notes\nmetadata: { name: notes, labels: {} }\n';
    const template = `${object}data:\n  text: |\n{{ tpl (.Files.Get "notes.txt") . | indent 4 }}\n`;
    writeFileSync(join(chart, 'templates', 'notes.yaml'), template);
    const text = only(renderChart(chart, VALUES['default']!, '--show-only', 'templates/notes.yaml'), 'Notes').data?.[
      'text'
    ];
    expect(text).toMatch(/create secret generic spillway-secrets[^]*has 620 s to finish/);
  });
});
