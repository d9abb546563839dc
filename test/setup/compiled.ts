import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The variable that names the folder in which the processes of one run of all tests keep what Node has compiled. */
export const COMPILED = 'COMPILED_FOR_TESTS';

/** Makes the folder for one run, and removes it after all tests: half of the time that our command takes to start is compiling. */
export default function makeCompiled(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-compiled-'));
  process.env[COMPILED] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
