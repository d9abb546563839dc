import { versionOf } from '../config/watch-file.ts';
import { findConfigFile, loadConfigFile, parseConfig } from '../config/load.ts';
import { formatProblems } from '../config/problems.ts';
import type { Config, ConfigInput } from '../config/schema.ts';
import { findEntries, type Found, zeroConfig } from '../config/zero-config.ts';
import type { Flags } from './flags.ts';
import { UsageError } from './usage-error.ts';

/** A file with a configuration, and which of its versions was read. */
export interface ConfigFile {
  readonly path: string;
  readonly version: string;
}

/** A configuration that can be served, and where it comes from. */
export interface Configuration {
  readonly config: Config;
  readonly keySources: ReadonlyMap<string, string>;
  /** In a few words, for the terminal. */
  readonly source: string;
  /** What was found where nothing was configured. */
  readonly found: Found | undefined;
  /** Undefined where it is from no file. */
  readonly file: ConfigFile | undefined;
}

/**
 * Finds the configuration: the demo where it is asked for, else a file, else what the environment offers, else the demo, whose upstreams
 * end with the stack. Throws a UsageError with everything that is wrong.
 */
export async function findConfiguration(flags: Flags, stack: AsyncDisposableStack): Promise<Configuration> {
  if (flags.demo) return demo(stack, 'the demo upstreams');
  const path = findConfigFile(flags.config, process.env, process.cwd());
  if (path !== undefined) {
    // Looked at before it is read: a change in between is then read once more.
    const version = await versionOf(path);
    const result = await loadConfigFile(path, process.env);
    if (!result.ok) throw new UsageError(formatProblems(path, result.problems));
    return { ...result, source: path, found: undefined, file: { path, version } };
  }
  const found = await findInEnvironment();
  if (found.entries.length === 0)
    return { ...(await demo(stack, 'the demo upstreams (no configuration found)')), found };
  return { ...checked(zeroConfig(found.entries), 'what the environment has'), found };
}

/** What could be served without a file. */
export async function findInEnvironment(): Promise<Found> {
  // All of undici, which who has a configuration does not need.
  const { findLocalServers } = await import('./local-servers.ts');
  return findEntries(process.env, await findLocalServers(process.env));
}

/** The demo's upstreams and a chain over them: the first is always busy, the second answers. */
async function demo(stack: AsyncDisposableStack, source: string): Promise<Configuration> {
  // A server of its own, which who has a configuration does not need.
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
