import { exposureProblems } from '../config/exposure.ts';
import { type ConfigResult, loadConfigFile } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { fileVersion, watchFiles } from '../config/watch-file.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { systemClock } from '../lib/clock.ts';
import type { Log } from '../observe/log.ts';
import type { ConfigFile } from './configuration.ts';
import { logWarnings } from './log-warnings.ts';

/** What a new configuration is applied to: a gateway, or those of all workers. */
export interface Reloadable {
  readonly apply: (result: ConfigResult) => void | Promise<void>;
  readonly config: Config;
  readonly configuration: Pick<Gateway['configuration'], 'restart'> & {
    readonly rejected: { readonly problems: readonly string[] } | undefined;
  };
}

/** What `reloadOnChange` watches and updates. */
export interface ReloadOptions {
  readonly file: ConfigFile;
  readonly gateway: Reloadable;
  readonly log: Log;
  /** The address that the gateway listens on. */
  readonly host: string;
}

/**
 * Reloads the configuration file whenever it or a file of a `${file:PATH}` in it changes, and on SIGHUP, until it is disposed. A configuration that is
 * rejected is logged as an error, and the present one stays active.
 */
export function reloadOnChange({ file, gateway, log, host }: ReloadOptions): Disposable {
  // One after the other: evaluating a program takes time, and the file may change meanwhile.
  let reading = Promise.resolve();
  const disposal = new AbortController();

  async function read(): Promise<void> {
    // Before the file is read: a change in between causes another reload instead of being missed.
    const version = await fileVersion(file.path);
    const loaded = await loadConfigFile(file.path, process.env, disposal.signal);
    if (disposal.signal.aborted) return;
    watch(new Map([[file.path, version], ...(loaded.files ?? [])]));
    await gateway.apply(refuseExposed(loaded, host));
    const { rejected, restart } = gateway.configuration;
    if (rejected !== undefined)
      return log.error(
        { file: file.path, problems: rejected.problems },
        'configuration rejected, the previous one stays active',
      );
    log.info({ file: file.path }, 'configuration loaded');
    logWarnings(log, gateway.config);
    if (restart.length > 0) log.warn({ sections: restart }, 'configuration change needs a restart');
  }

  // After a reload that throws, the next one still runs.
  const failed = (thrown: unknown): void =>
    log.error(
      { file: file.path, name: thrown instanceof Error ? thrown.name : typeof thrown },
      'configuration reload failed',
    );
  const reload = (): void => void (reading = reading.then(read).catch(failed));
  let watching: Disposable | undefined;
  function watch(versions: ReadonlyMap<string, string>): void {
    watching?.[Symbol.dispose]();
    watching = watchFiles({ versions, clock: systemClock, onChange: reload });
  }
  watch(file.versions);
  process.on('SIGHUP', reload);
  return {
    [Symbol.dispose]() {
      disposal.abort();
      watching?.[Symbol.dispose]();
      process.off('SIGHUP', reload);
    },
  };
}

/**
 * A configuration without keys, or with short ones, is invalid while other machines can reach the gateway, even where the address is a flag's and
 * not the file's.
 */
function refuseExposed(result: ConfigResult, host: string): ConfigResult {
  const problems = result.ok ? exposureProblems(result.config, host) : [];
  return problems.length === 0 ? result : { ok: false, problems };
}
