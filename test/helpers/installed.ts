import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The path of a program of this machine, from the folders of system programs or PATH; undefined where it is not installed. */
export function installed(name: string): string | undefined {
  return ['/usr/sbin', '/usr/local/sbin', '/usr/bin', '/usr/local/bin', ...(process.env['PATH'] ?? '').split(':')]
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}
