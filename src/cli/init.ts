import { existsSync, writeFileSync } from 'node:fs';
import { PRESETS } from '../catalog/presets.ts';
import { CONFIG_FILES } from '../config/load.ts';
import { initFile, SCHEMA_PATH } from '../config/init-file.ts';
import { findInEnvironment } from './configuration.ts';
import { entryLines } from './entry-lines.ts';
import { UsageError } from './usage-error.ts';

const FILE = 'spillway.yaml';

/** Writes down what would be served without a configuration, as a beginning of one. Asks nothing, and overwrites nothing. */
export async function init(): Promise<void> {
  const there = CONFIG_FILES.find((file) => existsSync(file));
  if (there !== undefined) throw new UsageError(`${there} is here already; it is left as it is`);
  const found = await findInEnvironment();
  if (found.entries.length === 0) {
    const variables = Object.values(PRESETS).flatMap(({ keyVariables }) => keyVariables.slice(0, 1));
    throw new UsageError(
      `${entryLines(found)}nothing to write down: set a vendor's variable (${variables.join(', ')}) or start a local server, and try again`,
    );
  }
  try {
    writeFileSync(FILE, initFile(found.entries), { flag: 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`${FILE} cannot be written here (${code})`);
  }
  process.stdout.write(
    `wrote ${FILE}:\n${entryLines(found)}\nnext:\n  spillway check --live   ask each entry once\n  spillway                serve it\n` +
      `editors complete the file by ${SCHEMA_PATH} (npm install spillway)\n`,
  );
}
