import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const ROOT = mkdtempSync(join(tmpdir(), 'spillway-build-'));
const BUILT = join(ROOT, 'dist', 'dashboard');
const SCRIPT = join('src', 'cli', 'build-dashboard.cjs');

/** A checkout with a dashboard of one line. */
beforeAll(() => {
  for (const file of [SCRIPT, join('dashboard', 'vite.config.ts'), 'tsconfig.json', join('dashboard', 'tsconfig.json')])
    cpSync(join(CHECKOUT, file), join(ROOT, file));
  mkdirSync(join(ROOT, 'client'));
  symlinkSync(join(CHECKOUT, 'node_modules'), join(ROOT, 'node_modules'), 'junction');
  writeFileSync(join(ROOT, 'package-lock.json'), '{}');
  writeFileSync(join(ROOT, 'client', 'index.ts'), 'export const name = "one";');
  writeFileSync(join(ROOT, 'dashboard', 'index.html'), '<head><script type="module" src="./main.tsx"></script></head>');
  writeFileSync(
    join(ROOT, 'dashboard', 'main.tsx'),
    'import { name } from "spillway/client"; document.title = name.repeat(3); document.body.title = "x".concat("long".repeat(name.length));',
  );
});
afterAll(() => rmSync(ROOT, { recursive: true }));

function build(): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, SCRIPT)], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

const scriptOf = (): string => readdirSync(join(BUILT, 'assets')).find((name) => name.endsWith('.js')) ?? '';

test('the dashboard is built once for its sources, again after a change, and an old build outlives a failure', () => {
  expect(build()).toMatchObject({ status: 0, output: expect.stringContaining('Building the dashboard') });
  const first = scriptOf();
  const script = readFileSync(join(BUILT, 'assets', first));
  expect(script.toString()).toContain('one');
  expect(brotliDecompressSync(readFileSync(join(BUILT, 'assets', `${first}.br`)))).toEqual(script);
  expect(gunzipSync(readFileSync(join(BUILT, 'assets', `${first}.gz`)))).toEqual(script);
  expect(existsSync(join(BUILT, 'index.html.br'))).toBe(false);

  expect(build()).toEqual({ status: 0, output: '' });

  writeFileSync(join(ROOT, 'client', 'index.ts'), 'export const name = "two";');
  expect(build().status).toBe(0);
  expect(readdirSync(join(BUILT, 'assets'))).not.toContain(first);
  const second = scriptOf();

  writeFileSync(join(ROOT, 'client', 'index.ts'), 'export const name = ;');
  expect(build().status).toBe(1);
  expect(scriptOf()).toBe(second);
  // The failed build is not taken for one of these sources.
  expect(build().status).toBe(1);
  expect(readdirSync(join(ROOT, 'dist'))).toEqual(['dashboard']);
});

test('a build that is missing is made again', () => {
  writeFileSync(join(ROOT, 'client', 'index.ts'), 'export const name = "three";');
  rmSync(BUILT, { recursive: true });
  expect(build().status).toBe(0);
  expect(readFileSync(join(BUILT, 'assets', scriptOf()), 'utf8')).toContain('three');
});
