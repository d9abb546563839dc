import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileVersion, fileVersionNow, POLL_MS, watchFiles } from '../../src/config/watch-file.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';
import { turns } from '../faults/wire.ts';

interface Watched {
  readonly changes: () => number;
  /** Advances the clock by this many polls. */
  readonly polls: (count: number) => Promise<void>;
  readonly stop: () => void;
}

async function watch(...paths: string[]): Promise<Watched> {
  const clock: FakeClock = fakeClock();
  let changes = 0;
  const versions = new Map(await Promise.all(paths.map(async (path) => [path, await fileVersion(path)] as const)));
  const watching = watchFiles({ versions, clock, onChange: () => changes++ });
  return {
    changes: () => changes,
    async polls(count) {
      for (let n = 0; n < count; n++) {
        clock.advance(POLL_MS);
        while (clock.waiting() === 0) await turns(1);
      }
    },
    stop: () => watching[Symbol.dispose](),
  };
}

const folder = (): string => mkdtempSync(join(tmpdir(), 'spillway-watch-'));

test.each<[string, (path: string, at: string) => void]>([
  ['written in place', (path) => writeFileSync(path, 'new text')],
  ['written in place by as many bytes', (path) => writeFileSync(path, 'OLD')],
  [
    'replaced by another file',
    (path, at) => {
      writeFileSync(join(at, 'other'), 'new');
      renameSync(join(at, 'other'), path);
    },
  ],
  ['deleted', (path) => rmSync(path)],
])('a file that is %s is reported once, when two polls find the same version', async (_, change) => {
  const at = folder();
  const path = join(at, 'file');
  writeFileSync(path, 'old');
  // Where file times are coarse, the next write may get the same time.
  utimesSync(path, 1, 1);
  const file = await watch(path);
  await file.polls(3);
  expect(file.changes()).toBe(0);
  change(path, at);
  await file.polls(1);
  expect(file.changes()).toBe(0);
  await file.polls(5);
  expect(file.changes()).toBe(1);
  file.stop();
});

test('a file that is still being written is not reported until it is complete', async () => {
  const path = join(folder(), 'file');
  writeFileSync(path, '');
  const file = await watch(path);
  for (let n = 1; n < 6; n++) {
    writeFileSync(path, 'x'.repeat(n));
    await file.polls(1);
  }
  expect(file.changes()).toBe(0);
  await file.polls(1);
  expect(file.changes()).toBe(1);
  file.stop();
});

test('a link of a ConfigMap that is pointed to another folder is a change', async () => {
  const at = folder();
  for (const version of ['..1', '..2']) {
    mkdirSync(join(at, version));
    writeFileSync(join(at, version, 'spillway.yaml'), version);
  }
  symlinkSync('..1', join(at, '..data'));
  symlinkSync(join('..data', 'spillway.yaml'), join(at, 'spillway.yaml'));
  const file = await watch(join(at, 'spillway.yaml'));
  symlinkSync('..2', join(at, '..data_tmp'));
  renameSync(join(at, '..data_tmp'), join(at, '..data'));
  rmSync(join(at, '..1'), { recursive: true });
  await file.polls(2);
  expect(file.changes()).toBe(1);
  file.stop();
});

test('several files that change together are one change, and each alone is one', async () => {
  const at = folder();
  const paths = ['first', 'second', 'third'].map((name) => join(at, name));
  for (const path of paths) writeFileSync(path, 'old');
  const [first = '', second = '', third = ''] = paths;
  const files = await watch(first, second, third);
  writeFileSync(first, 'new text');
  writeFileSync(second, 'new text');
  await files.polls(3);
  expect(files.changes()).toBe(1);
  rmSync(third);
  await files.polls(3);
  expect(files.changes()).toBe(2);
  files.stop();
});

test('a version is the same whichever way it is read', async () => {
  const at = folder();
  const path = join(at, 'file');
  writeFileSync(path, 'text');
  symlinkSync('file', join(at, 'link'));
  symlinkSync('loop', join(at, 'loop'));
  for (const each of [path, join(at, 'link'), join(at, 'loop'), join(at, 'nowhere'), 'no\0path'])
    expect(fileVersionNow(each)).toBe(await fileVersion(each));
  expect(fileVersionNow(join(at, 'link'))).toBe(fileVersionNow(path));
  expect(fileVersionNow(join(at, 'nowhere'))).toBe('ENOENT');
});

test('a file that is created again is reported again, and nothing is reported after disposal', async () => {
  const path = join(folder(), 'file');
  const file = await watch(path);
  writeFileSync(path, 'there');
  await file.polls(2);
  rmSync(path);
  await file.polls(2);
  expect(file.changes()).toBe(2);
  file.stop();
  writeFileSync(path, 'there again');
  await turns(20);
  expect(file.changes()).toBe(2);
});
