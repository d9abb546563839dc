import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The environment variable with the folder of the compile cache that the processes of one test run share. */
export const COMPILED = 'COMPILED_FOR_TESTS';

/** Creates the folder for one run, and removes it after all tests. Without a cache, compiling takes half of the CLI's start time. */
export default function makeCompiled(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-compiled-'));
  process.env[COMPILED] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
