import { isKeyless, isLoopback } from '../config/cross-check.ts';
import { followFile } from '../config/watch-file.ts';
import { type ConfigResult, loadConfigFile } from '../config/load.ts';
import type { Gateway } from '../gateway/open.ts';
import { systemClock } from '../lib/clock.ts';
import type { Log } from '../observe/log.ts';
import type { ConfigFile } from './configuration.ts';

/** What a running gateway's configuration is kept up to date with. */
export interface ReloadOptions {
  readonly file: ConfigFile;
  readonly gateway: Pick<Gateway, 'apply' | 'configuration'>;
  readonly log: Log;
  /** The address that is listened on. */
  readonly host: string;
}

/** Reads the file anew whenever it changes, and on SIGHUP, until it is disposed. A bad one is told and not served. */
export function keepReloading({ file, gateway, log, host }: ReloadOptions): Disposable {
  // One after the other: a program takes its time, and the file may change while it runs.
  let reading = Promise.resolve();
  const over = new AbortController();

  async function read(): Promise<void> {
    const result = shutOpenDoor(await loadConfigFile(file.path, process.env, over.signal), host);
    if (over.signal.aborted) return;
    gateway.apply(result);
    const { rejected, restart } = gateway.configuration;
    if (rejected !== undefined)
      return log.warn(
        { file: file.path, problems: rejected.problems },
        'configuration rejected, the last good one stays',
      );
    log.info({ file: file.path }, 'configuration loaded');
    if (restart.length > 0) log.warn({ sections: restart }, 'configuration needs a restart for');
  }

  // Whatever one reading throws, the next one is made.
  const failed = (thrown: unknown): void =>
    log.warn(
      { file: file.path, name: thrown instanceof Error ? thrown.name : typeof thrown },
      'configuration not read',
    );
  const reload = (): void => void (reading = reading.then(read).catch(failed));
  const following = followFile({ ...file, clock: systemClock, onChange: reload });
  process.on('SIGHUP', reload);
  return {
    [Symbol.dispose]() {
      over.abort();
      following[Symbol.dispose]();
      process.off('SIGHUP', reload);
    },
  };
}

/** A configuration without keys is not served to others than this machine, wherever the address was given. */
function shutOpenDoor(result: ConfigResult, host: string): ConfigResult {
  if (!result.ok || isLoopback(host) || !isKeyless(result.config)) return result;
  return { ok: false, problems: [{ path: 'auth.keys', message: `'${host}' is open to others, which needs keys` }] };
}
