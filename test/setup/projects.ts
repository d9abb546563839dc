/** The globs of one project. A test file belongs to exactly one project, which `projects.test.ts` checks. */
export interface ProjectFiles {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

const FAULTS = ['test/faults/**/*.test.ts'];
/** Not the folders below, which mirror those of `dashboard/`: their tests need no browser. */
const BROWSER = ['test/dashboard/*.test.ts'];
const CLIENTS = ['test/clients/**/*.test.ts', 'test/conformance/python.test.ts'];

const UNIT_FOLDERS = [
  'bench',
  'dashboard/live',
  'dashboard/pages',
  'dialects',
  'domain',
  'door',
  'lib',
  'limits',
  'observe',
  'operations',
  'refusals',
  'setup',
  'targets',
];
const UNIT_FILES = [
  'architecture',
  'attempt/body-reader',
  'attempt/read-refusal',
  'attempt/with-parameters',
  'auth/auth',
  'auth/guesses',
  'chain/plan/plan',
  'chain/queue/queues',
  'chain/race',
  'cli/format-limits',
  'config/config',
  'config/evaluate',
  'config/endpoint',
  'config/properties',
  'config/resolve',
  'config/state-settings',
  'config/warnings',
  'config/wrong',
  'config/zero-config',
  'dashboard/parts/chart-data',
  'dashboard/parts/chart-times',
  'dashboard/parts/chart-words',
  'dashboard/parts/field-problem',
  'dashboard/parts/money',
  'dashboard/parts/numbers',
  'dashboard/parts/outcomes',
  'dashboard/parts/plot-shapes',
  'dashboard/parts/read-search',
  'dashboard/parts/step-words',
  'docs/http',
  'docs/streaming',
  'package/dockerfile',
  'rest/match',
  'web/web-sink',
  'router/errors',
  'router/run-steps',
  'sse/from-iterable',
  'sse/pump',
  'sse/without-names',
  'sse/event-scanner',
  // Not its folders: tests of `state/redis` start servers.
  'state/*',
  'store/keep-limits',
  'store/kysely-sqlite',
  'store/migrations',
  'upstream/decode',
  'upstream/failure',
];
/** Files that open no socket and start no process. `test/setup/no-sockets.ts` makes a socket in them an error. */
const UNIT = [
  ...UNIT_FOLDERS.map((folder) => `test/${folder}/**/*.test.ts`),
  ...UNIT_FILES.map((file) => `test/${file}.test.ts`),
];

/**
 * The projects by name.
 *
 * - `unit`: no sockets, no processes.
 * - `doors`: loopback sockets, client packages of npm, processes of the CLI. A file that is listed nowhere else belongs here.
 * - `faults`: faults of providers, clients and the network.
 * - `browser`: the dashboard in Chromium, which takes whole cores for seconds. `npm run test:browser` and CI run them, `npm test` does not.
 * - `clients`: clients of other languages and large packages. `npm run test:clients` and CI run them, `npm test` does not.
 *
 * One more is planned. It is added here with a folder of its own, which `doors` then excludes, and with no global setup: a run without a
 * file of the project must not pay for its processes.
 *
 * - `servers` (`test/servers/**`): one Postgres, Redis, nginx and HAProxy per run, from Debian's binaries. A helper starts each when the
 *   first test needs it.
 */
export const PROJECTS: Readonly<Record<'unit' | 'doors' | 'faults' | 'browser' | 'clients', ProjectFiles>> = {
  unit: { include: UNIT, exclude: [] },
  doors: { include: ['test/**/*.test.ts'], exclude: [...UNIT, ...FAULTS, ...BROWSER, ...CLIENTS] },
  faults: { include: FAULTS, exclude: [] },
  browser: { include: BROWSER, exclude: [] },
  clients: { include: CLIENTS, exclude: [] },
};
