import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { followFile, LOOK_MS, versionOf } from '../../src/config/watch-file.ts';
import { type FakeClock, fakeClock } from '../helpers/clock.ts';
import { turns } from '../faults/wire.ts';

interface Followed {
  readonly changes: () => number;
  /** Lets the follower look so many times. */
  readonly looks: (many: number) => Promise<void>;
  readonly stop: () => void;
}

async function follow(path: string): Promise<Followed> {
  const clock: FakeClock = fakeClock();
  let changes = 0;
  const following = followFile({ path, version: await versionOf(path), clock, onChange: () => changes++ });
  return {
    changes: () => changes,
    async looks(many) {
      for (let n = 0; n < many; n++) {
        clock.advance(LOOK_MS);
        while (clock.waiting() === 0) await turns(1);
      }
    },
    stop: () => following[Symbol.dispose](),
  };
}

const folder = (): string => mkdtempSync(join(tmpdir(), 'spillway-follow-'));

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
])('a file that is %s is told once, when it has stood still', async (_, change) => {
  const at = folder();
  const path = join(at, 'file');
  writeFileSync(path, 'old');
  // Where the system's times are coarse, the next writing may fall into the same one.
  utimesSync(path, 1, 1);
  const file = await follow(path);
  await file.looks(3);
  expect(file.changes()).toBe(0);
  change(path, at);
  await file.looks(1);
  expect(file.changes()).toBe(0);
  await file.looks(5);
  expect(file.changes()).toBe(1);
  file.stop();
});

test('a file that is still being written is left alone until it is whole', async () => {
  const path = join(folder(), 'file');
  writeFileSync(path, '');
  const file = await follow(path);
  for (let n = 1; n < 6; n++) {
    writeFileSync(path, 'x'.repeat(n));
    await file.looks(1);
  }
  expect(file.changes()).toBe(0);
  await file.looks(1);
  expect(file.changes()).toBe(1);
  file.stop();
});

test('a link of a ConfigMap that is turned to another folder is a change', async () => {
  const at = folder();
  for (const version of ['..1', '..2']) {
    mkdirSync(join(at, version));
    writeFileSync(join(at, version, 'spillway.yaml'), version);
  }
  symlinkSync('..1', join(at, '..data'));
  symlinkSync(join('..data', 'spillway.yaml'), join(at, 'spillway.yaml'));
  const file = await follow(join(at, 'spillway.yaml'));
  symlinkSync('..2', join(at, '..data_tmp'));
  renameSync(join(at, '..data_tmp'), join(at, '..data'));
  rmSync(join(at, '..1'), { recursive: true });
  await file.looks(2);
  expect(file.changes()).toBe(1);
  file.stop();
});

test('a file that comes back is told again, and nothing after the follower was disposed', async () => {
  const path = join(folder(), 'file');
  const file = await follow(path);
  writeFileSync(path, 'there');
  await file.looks(2);
  rmSync(path);
  await file.looks(2);
  expect(file.changes()).toBe(2);
  file.stop();
  writeFileSync(path, 'there again');
  await turns(20);
  expect(file.changes()).toBe(2);
});
