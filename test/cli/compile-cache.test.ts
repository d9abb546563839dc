import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { BIN, run } from '../helpers/cli.ts';

const HOME = mkdtempSync(join(tmpdir(), 'spillway-home-'));
afterAll(() => rmSync(HOME, { recursive: true, force: true }));

/** The output of `--version` for a user with that home in the system's user database; HOME differs. */
async function version(home: string, environment: Record<string, string> = {}): Promise<string> {
  const code = `require('node:os').userInfo = () => ({ homedir: ${JSON.stringify(home)} }); require(${JSON.stringify(BIN)})`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', code, '--', 'spillway', '--version'], {
    env: { PATH: process.env['PATH'], HOME: tmpdir(), ...environment },
  });
  return stdout + stderr;
}

function homeOf(name: string): string {
  const home = join(HOME, name);
  mkdirSync(home);
  return home;
}

const VERSION = `${manifest.version}\n`;

test('the compile cache is in the home of the user, in a folder that no other user can write', async () => {
  const home = homeOf('own');
  expect(await version(home)).toBe(VERSION);
  const folder = join(home, '.cache', 'spillway');
  const cached = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  expect(cached.length).toBeGreaterThan(1);
  if (process.platform !== 'win32') expect(statSync(folder).mode & 0o077).toBe(0);
  expect(await version(home)).toBe(VERSION);
});

test.each([[{ NODE_DISABLE_COMPILE_CACHE: '1' }], [{ NODE_COMPILE_CACHE: join(HOME, 'elsewhere') }]])(
  'with %j there is no cache in the home',
  async (environment) => {
    const home = homeOf(Object.keys(environment).join(''));
    expect(await version(home, environment)).toBe(VERSION);
    expect(readdirSync(home)).toEqual([]);
  },
);

test('a home that is not writable or does not exist causes no failure and no message', async () => {
  const file = join(HOME, 'file');
  writeFileSync(file, '');
  expect(await version(file)).toBe(VERSION);
  const home = homeOf('taken');
  mkdirSync(join(home, '.cache'));
  writeFileSync(join(home, '.cache', 'spillway'), '');
  expect(await version(home)).toBe(VERSION);
});

test('a gateway that is killed has already written the cache', async () => {
  const folder = join(HOME, 'killed');
  await using gateway = run(['serve', '--port', '0'], { NODE_COMPILE_CACHE: folder });
  const [, address] = await gateway.says(/spillway on (http:\S+)/);
  expect((await fetch(`${address}/livez`)).status).toBe(200);
  gateway.child.kill('SIGKILL');
  await gateway.exit;
  const cached = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  expect(cached.length).toBeGreaterThan(100);
});
