import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const BUILD = join(import.meta.dirname, '..', '..', 'src', 'cli', 'build-dashboard.cjs');

/** Builds the dashboard before its tests, unless the build is of the present sources. */
export default function buildDashboard(): void {
  const { status } = spawnSync(process.execPath, [BUILD], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The dashboard could not be built; see the output above.');
}
