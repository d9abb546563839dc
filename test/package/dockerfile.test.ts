import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '..', '..');
const stages = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  .replaceAll('\\\n', ' ')
  .split(/^(?=FROM )/m)
  .filter((stage) => stage.startsWith('FROM '));

test('the image is a second stage on Node 24 with the package and without build tools', () => {
  expect(stages).toHaveLength(2);
  const [build = '', image = ''] = stages;
  expect(build).toMatch(/^FROM node:24-slim AS build$/m);
  expect(image).toMatch(/^FROM node:24-slim$/m);
  expect(image).toContain('npm install --omit=dev --omit=peer --ignore-scripts');
  expect(image).not.toMatch(/COPY (?!--from=build)/);
});

test('the image does not run as root, has a health check, and starts the command of the package', () => {
  const [, image = ''] = stages;
  const lines = image.split('\n');
  const user = lines.findIndex((line) => line === 'USER node');
  const entry = lines.findIndex((line) => line.startsWith('ENTRYPOINT '));
  expect(user).toBeGreaterThan(0);
  expect(entry).toBeGreaterThan(user);
  expect(image).toMatch(/^HEALTHCHECK .*\/livez/m);
  const [node, file = ''] = JSON.parse((lines[entry] ?? '').slice('ENTRYPOINT '.length)) as string[];
  expect([node, file.replace('/app/node_modules/spillway/', '')]).toEqual(['node', manifest.bin.spillway]);
  expect(manifest.files).toContain(manifest.bin.spillway);
});

test('the files that the image copies exist, and unwanted ones are ignored', () => {
  const copied = [...(stages[0] ?? '').matchAll(/^COPY (.*) \S+$/gm)].flatMap(([, files = '']) => files.split(' '));
  for (const file of copied) expect([file, existsSync(join(ROOT, file))]).toEqual([file, true]);
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  expect(ignored).toEqual(expect.arrayContaining(['node_modules', '.git', 'dist']));
});
