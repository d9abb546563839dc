import { MIGRATIONS } from '../../src/store/migrations.ts';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ENVIRONMENT } from '../helpers/cli.ts';
import { auditEntry, batchOf, keyRecord } from '../helpers/records.ts';
import { LASTING, NOW, open, temporaryFolder } from '../helpers/store.ts';

const STORE = new URL('../../src/store/open-store.ts', import.meta.url).href;
const CLOCK = new URL('../../src/lib/clock.ts', import.meta.url).href;

/** Runs a program with `open`, which opens a store, and returns what it prints. */
function runProgram(body: string, ...args: readonly string[]) {
  const program = `
    const { openStore } = await import(${JSON.stringify(STORE)});
    const { systemClock } = await import(${JSON.stringify(CLOCK)});
    const open = (url) => openStore(url, { clock: systemClock, signal: new AbortController().signal });
    const args = process.argv.slice(1);
    ${body}`;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', program, JSON.stringify(batchOf()), ...args],
    { encoding: 'utf8', env: ENVIRONMENT },
  );
  return { stdout, stderr, status };
}

test('the event loop turns while a large change is written', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file);
  const keys = Array.from({ length: 5000 }, (_, n) => keyRecord(`key_${n}`));
  let turns = 0;
  const written = new AbortController();
  const writing = store.directory.apply({ keys, audit: auditEntry() }).finally(() => written.abort());
  for (; !written.signal.aborted; turns++) await setImmediate();
  await writing;
  expect(turns).toBeGreaterThan(50);
});

test('calls that were made before the store is closed are done', async () => {
  using folder = temporaryFolder();
  const store = await open(folder.file);
  const audits = Array.from({ length: 20 }, (_, n) =>
    store.records.write(batchOf({ seq: n + 1, audit: [auditEntry()] })),
  );
  await store[Symbol.asyncDispose]();
  await Promise.all(audits);
  await using again = await open(folder.file);
  expect(await again.records.audit({ limit: 100 })).toHaveLength(20);
});

test('more calls than can wait are refused, and those that wait are answered', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file);
  const calls = await Promise.allSettled(Array.from({ length: 1100 }, () => store.records.lastUsed()));
  const refused = calls.flatMap((call) => (call.status === 'rejected' ? [call.reason as unknown] : []));
  expect(refused).toHaveLength(100);
  expect(refused[0]).toMatchObject({ name: 'StoreError', problem: 'busy' });
  expect(await store.records.lastUsed()).toEqual(new Map());
});

test('a store that lacks migrations is refused where they are not to be applied', async () => {
  using folder = temporaryFolder();
  await expect(open(folder.file, { migrate: false })).rejects.toMatchObject({
    problem: 'outdated',
    message: expect.stringMatching(
      `spillway\\.db': lacks ${Object.keys(MIGRATIONS).join(', ')}; run spillway migrate$`,
    ) as string,
  });
  expect(existsSync(folder.file)).toBe(false);
  await (await open(folder.file))[Symbol.asyncDispose]();
  await using store = await open(folder.file, { migrate: false });
  await store.limits.save({ after: LASTING, now: NOW });
  expect(await store.limits.load(NOW)).toEqual(LASTING);
});

test('an open store does not keep its process alive, and a pending call does', () => {
  using folder = temporaryFolder();
  const url = `sqlite:${folder.file}`;
  const body = `
    const store = await open(args[1]);
    store.records.write(JSON.parse(args[0])).then(() => console.log('written'));`;
  expect(runProgram(body, url)).toEqual({ stdout: 'written\n', stderr: '', status: 0 });
});

test.skipIf(process.platform !== 'linux')('a store in memory starts its thread with the first write', () => {
  const body = `
    const { readdirSync } = await import('node:fs');
    const threads = () => readdirSync('/proc/self/task').length;
    const store = await open('memory:');
    // The threads of files and of modules start once.
    readdirSync('/'); await import('node:worker_threads');
    await (await import('node:fs/promises')).readdir('/');
    const before = threads();
    await store.directory.load(); await store.directory.changesAfter(0); await store.records.spend(0);
    const read = threads() - before;
    await store.records.write(JSON.parse(args[0]));
    const written = threads() - before;
    await store[Symbol.asyncDispose]();
    console.log(read, written > 0, threads() - before);`;
  expect(runProgram(body)).toEqual({ stdout: '0 true 0\n', stderr: '', status: 0 });
});
