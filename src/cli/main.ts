import { parseArgs } from 'node:util';
import { MOST_WORKERS } from '../config/most-workers.ts';
import { nearest } from '../lib/nearest.ts';
import { type Flags, type Level, LEVELS, LOG_FORMATS, type LogFormat } from './flags.ts';
import { UsageError } from './usage-error.ts';

const HELP = `spillway: an LLM gateway with chains of providers that fail over before the client sees anything

  spillway [serve]   start the gateway
    --host HOST        address to listen on (default: 127.0.0.1)
    --port PORT        port to listen on (default: 4141)
    --workers N        number of processes that serve, or auto (default: 1)
    --demo             serve the built-in demo upstreams
    --log-level LEVEL  debug, info, warn, error or silent (default: info)
    --log-format FORM  json or pretty (default: pretty on a terminal, json elsewhere)
  spillway init      write spillway.yaml from the provider keys in the environment and the running local servers
  spillway check     print the chains in the order in which entries are tried, or every problem of the configuration
    --live             send each entry one request
  spillway usage     print what was used and what it cost, from the configured store
    --since 7d         a number of days, or a date (default: 30d)
    --by key,model     hour, day, key, tenant, chain, provider, model, code (default: key)
    --json             print JSON
    --url URL          ask a running gateway, under the key in $SPILLWAY_KEY, in place of the store
  spillway keys      make and change the keys of clients, in the configured store
    create --name NAME [--role ROLE] [--tenant TENANT] [--chains A,B] [--models P,Q] [--operations O] [--expires-in 90d]
           [--budget 50/month] [--rpm N] [--tpm N] [--rpd N] [--tpd N] [--concurrency N] [--note TEXT] [--bodies]
           [--priority low]
    list [--tenant TENANT] [--state STATE] [--search TEXT], show ID, rotate ID [--overlap 24h], revoke ID
  spillway tenants   the same for tenants: create NAME [--budget 2000/month] [--key-budget 50/month], list, show NAME, remove NAME
    --url URL          of a running gateway, under the key in $SPILLWAY_KEY, in place of the store
    --json             print JSON
  spillway requests export   print the requests of the request log, in the order of their ends, up to 15 seconds ago
    --since 7d         a duration, or a date (default: everything)
    --after ID         behind this request, as the last export has said
    --format FORMAT    jsonl or csv (default: jsonl)
    --key ID, --tenant TENANT
    --url URL          of a running gateway, under the key in $SPILLWAY_KEY, in place of the store
  spillway migrate   apply the missing migrations of the store
    --check            only report them; exit code 1 where there are any
  spillway openapi   print the OpenAPI 3.1 document of the REST API
  spillway schema    print the JSON Schema of the configuration file
  spillway chaos     serve an upstream for tests that fails in the way that the request's model names
    --host HOST, --port PORT
  spillway --help, --version

  --config FILE      YAML, JSON or TypeScript. Default: $SPILLWAY_CONFIG, else spillway.config.ts, spillway.yaml, .yml or .json
                     in this directory, else the provider keys in the environment and the running local servers
`;

interface Command {
  readonly run: (flags: Flags) => Promise<void>;
  /** The flags that it accepts. */
  readonly flags: readonly (keyof typeof FLAGS)[];
  /** Whether it goes on when the reader of its output closes the pipe. */
  readonly outlivesOutput?: true | undefined;
}

/** A command's module is imported when it runs, so that each command loads only what it needs. */
const COMMANDS: Readonly<Record<string, Command>> = Object.freeze({
  serve: {
    async run(flags) {
      await (await import('./serve.ts')).serve(flags);
      // What a reader has not taken from standard output would keep the process alive.
      process.exit();
    },
    outlivesOutput: true,
    flags: ['config', 'host', 'port', 'workers', 'demo', 'log-level', 'log-format'],
  },
  init: { run: async () => (await import('./init.ts')).init(), flags: [] },
  check: { run: async (flags) => (await import('./check.ts')).check(flags), flags: ['config', 'demo', 'live'] },
  migrate: { run: async (flags) => (await import('./migrate.ts')).migrate(flags), flags: ['config', 'check'] },
  usage: {
    run: async (flags) => (await import('./usage.ts')).usage(flags),
    flags: ['config', 'since', 'by', 'json', 'url'],
  },
  chaos: { run: async (flags) => (await import('./chaos.ts')).chaos(flags), flags: ['host', 'port'] },
  openapi: { run: async () => (await import('./openapi.ts')).openapi(), flags: [] },
  schema: { run: async () => (await import('./schema.ts')).schema(), flags: [] },
});

/** Commands with actions and flags of their own. */
const ACTION_COMMANDS: Readonly<Partial<Record<string, (args: readonly string[]) => Promise<void>>>> = Object.freeze({
  keys: async (args: readonly string[]) => (await import('./accounts.ts')).keys(args),
  tenants: async (args: readonly string[]) => (await import('./accounts.ts')).tenants(args),
  requests: async (args: readonly string[]) => (await import('./requests.ts')).requests(args),
});

/** Runs the command line. A mistake of the user prints one message, without a stack, and sets exit code 1. Rejects with other errors. */
export async function main(args: readonly string[]): Promise<void> {
  let goesOn = false;
  // A reader that closes the pipe early, like `head`, is not a failure.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE' || !goesOn) process.exit(code === 'EPIPE' ? 0 : 1);
  });
  try {
    const [first = '', ...others] = args;
    const withActions =
      others.includes('--help') || !Object.hasOwn(ACTION_COMMANDS, first) ? undefined : ACTION_COMMANDS[first];
    if (withActions !== undefined) return await withActions(others);
    const { values, positionals } = parse(args);
    if (values.help === true) return void process.stdout.write(HELP);
    if (values.version === true) return void process.stdout.write(`${await version()}\n`);
    const [name = 'serve', ...rest] = positionals;
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined)
      throw new UsageError(
        `unknown command '${name}'${hint(name, { known: [...Object.keys(COMMANDS), ...Object.keys(ACTION_COMMANDS)] })}`,
      );
    if (rest.length > 0) throw new UsageError(`unexpected argument '${rest[0]}'; see --help`);
    const foreign = Object.keys(values).find((flag) => !command.flags.some((own) => own === flag));
    if (foreign !== undefined) throw new UsageError(`unexpected option --${foreign} for ${name}; see --help`);
    goesOn = command.outlivesOutput === true;
    await command.run({
      config: values.config,
      host: values.host,
      port: portOf(values.port),
      workers: workersOf(values.workers),
      demo: values.demo === true,
      live: values.live === true,
      since: values.since,
      by: values.by,
      json: values.json === true,
      url: values.url,
      check: values.check === true,
      logLevel: levelOf(values['log-level'] ?? (process.env['SPILLWAY_LOG_LEVEL'] || undefined)),
      logFormat: formatOf(values['log-format'] ?? (process.env['SPILLWAY_LOG_FORMAT'] || undefined)),
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`spillway: ${error.message}\n`);
    process.exitCode = 1;
  }
}

const FLAGS = {
  config: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  workers: { type: 'string' },
  demo: { type: 'boolean' },
  live: { type: 'boolean' },
  since: { type: 'string' },
  by: { type: 'string' },
  json: { type: 'boolean' },
  url: { type: 'string' },
  check: { type: 'boolean' },
  'log-level': { type: 'string' },
  'log-format': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (error) {
    const unknown = error instanceof Error ? /'--?([\w-]+)/.exec(error.message)?.[1] : undefined;
    if (unknown === undefined || unknown in FLAGS)
      throw new UsageError(error instanceof Error ? error.message : String(error));
    throw new UsageError(`unknown option --${unknown}${hint(unknown, { known: Object.keys(FLAGS), prefix: '--' })}`);
  }
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port must be a number from 0 to 65535, not '${text}'`);
}

function workersOf(text: string | undefined): Flags['workers'] {
  if (text === undefined || text === 'auto') return text;
  const workers = Number(text);
  if (/^\d+$/.test(text) && workers >= 1 && workers <= MOST_WORKERS) return workers;
  throw new UsageError(`--workers must be a number from 1 to ${MOST_WORKERS}, or auto, not '${text}'`);
}

function levelOf(text: string | undefined): Level {
  const level = LEVELS.find((each) => each === (text ?? 'info'));
  if (level !== undefined) return level;
  throw new UsageError(`--log-level must be one of ${LEVELS.join(', ')}, not '${text}'`);
}

function formatOf(text: string | undefined): LogFormat | undefined {
  const format = LOG_FORMATS.find((each) => each === text);
  if (format !== undefined || text === undefined) return format;
  throw new UsageError(`--log-format must be one of ${LOG_FORMATS.join(', ')}, not '${text}'`);
}

interface HintOptions {
  readonly known: readonly string[];
  readonly prefix?: string;
}

/** Suggests the known word that is nearest to a mistyped one. */
function hint(word: string, { known, prefix = '' }: HintOptions): string {
  const near = nearest(word, known);
  return near === undefined ? '; see --help' : `; did you mean '${prefix}${near}'?`;
}

async function version(): Promise<string> {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
  return manifest.version;
}
