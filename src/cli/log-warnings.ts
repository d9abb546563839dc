import type { Config } from '../config/schema.ts';
import { configWarnings } from '../config/warnings.ts';
import type { Log } from '../observe/log.ts';

/** Logs what is probably a mistake in a valid configuration, one line each. */
export function logWarnings(log: Log, config: Config): void {
  for (const { path, message } of configWarnings(config)) log.warn({ path, message }, 'configuration warning');
}
