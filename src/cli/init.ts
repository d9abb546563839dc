import { existsSync, writeFileSync } from 'node:fs';
import { PRESETS } from '../catalog/presets.ts';
import { CONFIG_FILES } from '../config/load.ts';
import { initFile, SCHEMA_PATH } from '../config/init-file.ts';
import { findInEnvironment } from './configuration.ts';
import { entryLines } from './entry-lines.ts';
import { UsageError } from './usage-error.ts';

const FILE = 'spillway.yaml';

/** Writes a configuration file that serves what is found without one. Is not interactive and overwrites no file: throws a UsageError instead. */
export async function init(): Promise<void> {
  const existing = CONFIG_FILES.find((file) => existsSync(file));
  if (existing !== undefined) throw new UsageError(`${existing} already exists; edit it, or remove it and try again`);
  const found = await findInEnvironment();
  if (found.entries.length === 0) {
    const variables = Object.values(PRESETS).flatMap(({ keyVariables }) => keyVariables.slice(0, 1));
    throw new UsageError(
      `${entryLines(found)}nothing to write: set the key of a provider (${variables.join(', ')}) or start a local server, and try again`,
    );
  }
  try {
    writeFileSync(FILE, initFile(found.entries), { flag: 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`${FILE} cannot be written (${code})`);
  }
  process.stdout.write(
    `wrote ${FILE}:\n${entryLines(found)}\nnext:\n  spillway check --live   send each entry one request\n  spillway                start the gateway\n` +
      `editors complete the file with ${SCHEMA_PATH} (npm install spillway)\n`,
  );
}
