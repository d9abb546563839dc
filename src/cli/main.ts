import { parseArgs } from 'node:util';
import { nearest } from '../lib/nearest.ts';
import { type Flags, type Level, LEVELS } from './flags.ts';
import { UsageError } from './usage-error.ts';

const HELP = `spillway: an LLM gateway whose chains spill over before the caller sees anything

  spillway [serve]   start the gateway
    --host HOST        address to listen on (127.0.0.1)
    --port PORT        port to listen on (4141)
    --demo             serve the built-in demo upstreams
    --log-level LEVEL  debug, info, warn, error or silent (info)
  spillway init      write spillway.yaml from the vendors' variables that are set and the local servers that run
  spillway check     show the chains as they will be walked, or all that is wrong with them
    --live             and ask each entry once
  spillway openapi   print the description of the REST API (OpenAPI 3.1)
  spillway schema    print the JSON Schema of the configuration file
  spillway chaos     serve an upstream that fails in every way, by the request's model
    --host HOST, --port PORT
  spillway --help, --version

  --config FILE      YAML, JSON or TypeScript; else SPILLWAY_CONFIG, else spillway.config.ts, spillway.yaml, .yml or .json here,
                     else what the environment has
`;

interface Command {
  readonly run: (flags: Flags) => Promise<void>;
  /** The flags that mean something to it. */
  readonly flags: readonly (keyof typeof FLAGS)[];
}

/** Each is loaded when it runs, so that a start loads what serving needs and no more. */
const COMMANDS: Readonly<Record<string, Command>> = Object.freeze({
  serve: {
    run: async (flags) => (await import('./serve.ts')).serve(flags),
    flags: ['config', 'host', 'port', 'demo', 'log-level'],
  },
  init: { run: async () => (await import('./init.ts')).init(), flags: [] },
  check: { run: async (flags) => (await import('./check.ts')).check(flags), flags: ['config', 'demo', 'live'] },
  chaos: { run: async (flags) => (await import('./chaos.ts')).chaos(flags), flags: ['host', 'port'] },
  openapi: { run: async () => (await import('./openapi.ts')).openapi(), flags: [] },
  schema: { run: async () => (await import('./schema.ts')).schema(), flags: [] },
});

/** Runs the command line. What the user did wrong ends in one message and exit code 1, never in a stack. */
export async function main(args: readonly string[]): Promise<void> {
  // Whoever read what he wanted and closed the pipe is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    const { values, positionals } = read(args);
    if (values.help === true) return void process.stdout.write(HELP);
    if (values.version === true) return void process.stdout.write(`${await version()}\n`);
    const [name = 'serve', ...rest] = positionals;
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) throw new UsageError(`unknown command '${name}'${meant(name, Object.keys(COMMANDS))}`);
    if (rest.length > 0) throw new UsageError(`'${rest[0]}' is one word too many`);
    const foreign = Object.keys(values).find((flag) => !command.flags.some((own) => own === flag));
    if (foreign !== undefined) throw new UsageError(`--${foreign} says nothing to ${name}; see --help`);
    await command.run({
      config: values.config,
      host: values.host,
      port: portOf(values.port),
      demo: values.demo === true,
      live: values.live === true,
      logLevel: levelOf(values['log-level'] ?? (process.env['SPILLWAY_LOG_LEVEL'] || undefined)),
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
  demo: { type: 'boolean' },
  live: { type: 'boolean' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (error) {
    const unknown = error instanceof Error ? /'--?([\w-]+)/.exec(error.message)?.[1] : undefined;
    if (unknown === undefined || unknown in FLAGS)
      throw new UsageError(error instanceof Error ? error.message : String(error));
    throw new UsageError(`unknown flag --${unknown}${meant(unknown, Object.keys(FLAGS))}`);
  }
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port must be a number from 0 to 65535, not '${text}'`);
}

function levelOf(text: string | undefined): Level {
  const level = LEVELS.find((each) => each === (text ?? 'info'));
  if (level !== undefined) return level;
  throw new UsageError(`--log-level must be one of ${LEVELS.join(', ')}, not '${text}'`);
}

function meant(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? '; see --help' : `; did you mean '${near}'?`;
}

async function version(): Promise<string> {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
  return manifest.version;
}
