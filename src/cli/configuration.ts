import { findConfigFile, loadConfigFile, parseConfig } from '../config/load.ts';
import { formatProblems } from '../config/problems.ts';
import type { Config, ConfigInput } from '../config/schema.ts';
import { fileVersion } from '../config/watch-file.ts';
import { findEntries, type Found, zeroConfig } from '../config/zero-config.ts';
import type { Flags } from './flags.ts';
import { UsageError } from './usage-error.ts';

/** A configuration file, and what was read for it. */
export interface ConfigFile {
  readonly path: string;
  /** By path, the versions that were read: of the file itself, and of those that its `${file:PATH}` name. */
  readonly versions: ReadonlyMap<string, string>;
}

/** A valid configuration and where it comes from. */
export interface Configuration {
  readonly config: Config;
  readonly keySources: ReadonlyMap<string, string>;
  /** Where it comes from, for people. */
  readonly source: string;
  /** The entries that were found without a configuration file; undefined with one. */
  readonly found: Found | undefined;
  /** Undefined without a configuration file. */
  readonly file: ConfigFile | undefined;
}

/**
 * Finds the configuration: the demo if `--demo` is set, else a file, else what is found in the environment, else the demo. The upstreams of the
 * demo are closed with `stack`. Throws a UsageError that lists every problem.
 */
export async function findConfiguration(
  flags: Pick<Flags, 'config' | 'demo'>,
  stack: AsyncDisposableStack,
): Promise<Configuration> {
  if (flags.demo) return demo(stack, 'the demo upstreams');
  const path = findConfigFile(flags.config, process.env, process.cwd());
  if (path !== undefined) {
    // Before the file is read: a change in between causes a reload instead of being missed.
    const version = await fileVersion(path);
    const result = await loadConfigFile(path, process.env);
    if (!result.ok) throw new UsageError(formatProblems(path, result.problems));
    return {
      ...result,
      source: path,
      found: undefined,
      file: { path, versions: new Map([[path, version], ...(result.files ?? [])]) },
    };
  }
  const found = await findInEnvironment();
  if (found.entries.length === 0)
    return { ...(await demo(stack, 'the demo upstreams (no configuration found)')), found };
  return { ...checked(zeroConfig(found.entries), 'the environment (no configuration file)'), found };
}

/** Finds what can be served without a configuration file: in the environment and on this machine. */
export async function findInEnvironment(): Promise<Found> {
  // Loaded here because it loads all of undici, which a start with a configuration file does not need yet.
  const { findLocalServers } = await import('./local-servers.ts');
  return findEntries(process.env, await findLocalServers(process.env));
}

/** Starts the demo's upstreams, of which the first is always busy and the second answers, and configures a chain of both. */
async function demo(stack: AsyncDisposableStack, source: string): Promise<Configuration> {
  // Loaded here because a start with a configuration does not need the demo's server.
  const { startDemo } = await import('../testing/demo.ts');
  const { busy, answering } = stack.use(await startDemo());
  return checked(
    {
      providers: {
        busy: { baseUrl: busy.baseUrl, apiKey: 'none' },
        answering: { baseUrl: answering.baseUrl, apiKey: 'none' },
      },
      chains: { default: { entries: ['busy/demo-model', 'answering/demo-model'] } },
      defaults: { chain: 'default' },
    },
    source,
  );
}

function checked(input: ConfigInput, source: string): Configuration {
  const result = parseConfig(input, process.env);
  if (!result.ok) throw new UsageError(formatProblems(source, result.problems));
  return { ...result, source, found: undefined, file: undefined };
}
