import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { LASTING, NOW, open, temporaryFolder } from '../helpers/store.ts';

const STORE = new URL('../../src/store/open-store.ts', import.meta.url).href;
const CLOCK = new URL('../../src/lib/clock.ts', import.meta.url).href;

/** Saves a few rows, then too many, then a few again, and prints the result of each. */
const CHILD = `
const [store, clock, file, rows] = process.argv.slice(1);
const { openStore } = await import(store);
const { systemClock } = await import(clock);
const lasting = JSON.parse(rows);
const opened = await openStore('sqlite:' + file, { clock: systemClock, signal: new AbortController().signal });
const windows = Array.from({ length: 20_000 }, (_, n) => ({ ...lasting.windows[0], key: 'a-key-that-takes-space/' + n }));
const results = [];
for (const [before, after] of [[undefined, lasting], [lasting, { ...lasting, windows }], [lasting, { ...lasting, windows: [] }]]) {
  results.push(await opened.limits.save({ before, after, now: 0 }).then(() => 'saved', (error) => error.name + ': ' + error.message));
  results.push((await opened.limits.load(0)).windows.length);
}
await opened[Symbol.asyncDispose]();
console.log(JSON.stringify(results));
`;

/** A limit on the size of files fails like a full disk and needs no privileges. */
test.skipIf(process.platform === 'win32')(
  'a save that does not fit on the disk changes nothing, and one that fits succeeds',
  async () => {
    using folder = temporaryFolder();
    const child = [
      process.execPath,
      '--input-type=module',
      '-e',
      CHILD,
      STORE,
      CLOCK,
      folder.file,
      JSON.stringify(LASTING),
    ];
    const run = spawnSync('sh', ['-c', 'ulimit -f 1000; exec "$@"', 'sh', ...child], { encoding: 'utf8', env: {} });
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toEqual([
      'saved',
      2,
      expect.stringMatching(/^StoreError: store '.*spillway\.db': (the disk is full|disk I\/O error)/),
      2,
      'saved',
      0,
    ]);
    await using store = await open(folder.file);
    expect(await store.limits.load(NOW)).toEqual({ ...LASTING, windows: [] });
  },
);
