import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { pendingMigrations } from '../../src/store/migrations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { SqliteThread } from '../../src/store/sqlite-thread.ts';
import type { StoreError } from '../../src/store/store-error.ts';
import { ENVIRONMENT } from '../helpers/cli.ts';
import { LASTING, NOTHING, NOW, open, openRaw, temporaryFolder } from '../helpers/store.ts';

const STORE = new URL('../../src/store/open-store.ts', import.meta.url).href;
const CLOCK = new URL('../../src/lib/clock.ts', import.meta.url).href;

async function failureOf(file: string): Promise<StoreError> {
  const opened = await open(file).catch((error: unknown) => error as StoreError);
  if ('limits' in opened) throw new Error('the store opened');
  return opened;
}

test('memory: stores nothing', async () => {
  await using store = await openStore('memory:', { clock: systemClock, signal: new AbortController().signal });
  expect(store.persistent).toBe(false);
  await store.limits.save({ after: LASTING, now: NOW });
  expect(await store.limits.load(NOW)).toEqual(NOTHING);
});

test('the file and its log are readable for their owner only, and the path is relative to the working directory', async () => {
  using folder = temporaryFolder();
  await using store = await open(relative(process.cwd(), folder.file));
  await store.limits.save({ after: LASTING, now: NOW });
  const files = readdirSync(folder.path);
  expect(files).toContain('spillway.db-wal');
  expect(files.map((file) => statSync(join(folder.path, file)).mode & 0o777)).toEqual(files.map(() => 0o600));
});

test('the database has a write-ahead log and can be backed up while it is open', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file);
  await store.limits.save({ after: LASTING, now: NOW });
  using raw = openRaw(folder.file);
  expect(raw.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' });
  const copy = join(folder.path, 'copy.db');
  raw.prepare('vacuum into ?').run(copy);
  await using restored = await open(copy);
  expect(await restored.limits.load(NOW)).toEqual(LASTING);
});

test.each<[string, (file: string) => void, StoreError['problem']]>([
  [
    'leads to a file of other bytes',
    (file) => writeFileSync(file, 'not a database, but long enough to be read as one'.repeat(100)),
    'foreign',
  ],
  ['leads to a folder', (file) => mkdirSync(file), 'foreign'],
  ['has no folder', (file) => rmSync(join(file, '..'), { recursive: true }), 'no_folder'],
  [
    'has a file for its folder',
    (file) => {
      rmSync(join(file, '..'), { recursive: true });
      writeFileSync(join(file, '..'), '');
    },
    'no_folder',
  ],
  [
    'leads to the database of another program',
    (file) => {
      using raw = openRaw(file);
      raw.exec('create table users (id integer)');
    },
    'foreign',
  ],
])('a path that %s is refused with one line that names it', async (_, make, problem) => {
  using folder = temporaryFolder();
  make(folder.file);
  const error = await failureOf(folder.file);
  expect([error.name, error.problem]).toEqual(['StoreError', problem]);
  expect(error.message).toContain(folder.file);
  expect(error.message).not.toMatch(/\n| {2}at /);
});

test.each(['delete', 'wal'])(
  'the database of another program, with journal mode %s, is refused and left as it is',
  async (mode) => {
    using folder = temporaryFolder();
    {
      using raw = openRaw(folder.file);
      raw.exec(`pragma journal_mode = ${mode}; create table users (id integer); insert into users values (1)`);
    }
    const before = readFileSync(folder.file);
    expect(await failureOf(folder.file)).toMatchObject({ problem: 'foreign' });
    expect([readdirSync(folder.path), readFileSync(folder.file).equals(before)]).toEqual([
      [basename(folder.file)],
      true,
    ]);
  },
);

test('a store of a newer version is refused and not changed', async () => {
  using folder = temporaryFolder();
  await (await open(folder.file))[Symbol.asyncDispose]();
  {
    using raw = openRaw(folder.file);
    raw.exec("insert into spillway_migration values ('9999_later', '2030-01-01T00:00:00.000Z')");
  }
  const error = await failureOf(folder.file);
  expect(error.problem).toBe('newer');
  expect(error.message).toContain(folder.file);
  using raw = openRaw(folder.file);
  const applied = raw.prepare('select name from spillway_migration order by name').all();
  expect(applied.map(({ name }) => name)).toEqual([...pendingMigrations([]), '9999_later']);
});

test('a file with corrupted pages is reported as damaged, when it is opened or when it is read', async () => {
  using folder = temporaryFolder();
  {
    await using store = await open(folder.file);
    await store.limits.save({ after: LASTING, now: NOW });
  }
  const bytes = readFileSync(folder.file);
  writeFileSync(folder.file, bytes.fill(0xa5, 4096));
  const error = await open(folder.file).then(
    async (store) => {
      await using _store = store;
      return store.limits.load(NOW).catch((failure: unknown) => failure as StoreError);
    },
    (failure: unknown) => failure as StoreError,
  );
  expect(error).toMatchObject({ name: 'StoreError', problem: 'damaged' });
});

/** Runs as a user other than root, which may write everywhere. */
async function asNobody<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.getuid?.() !== 0 || process.seteuid === undefined) return work();
  process.seteuid(65_534);
  try {
    return await work();
  } finally {
    process.seteuid(0);
  }
}

/** A worker for a file that runs already: another user may not read its sources. Its folder does not exist yet. */
async function workerFor(path: string): Promise<SqliteThread> {
  const thread = new SqliteThread({ path, mode: 'apply', lockTimeoutMs: 0 });
  await expect(thread.open()).rejects.toMatchObject({ problem: 'no_folder' });
  return thread;
}

test.skipIf(process.platform === 'win32')('a folder or a file that cannot be written is reported', async () => {
  using folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  const [locked, written] = ['locked', 'written'].map((name) => join(folder.path, name, 'spillway.db'));
  const inFolder = await workerFor(locked ?? '');
  const onFile = await workerFor(written ?? '');
  mkdirSync(dirname(locked ?? ''), { mode: 0o555 });
  mkdirSync(dirname(written ?? ''));
  await (await open(written ?? ''))[Symbol.asyncDispose]();
  chmodSync(written ?? '', 0o444);
  await asNobody(async () => {
    for (const [thread, path] of [
      [inFolder, locked],
      [onFile, written],
    ] as const)
      await expect(thread.open()).rejects.toMatchObject({
        problem: 'forbidden',
        message: expect.stringContaining(path ?? '') as string,
      });
  });
  await Promise.all([inFolder.close(), onFile.close()]);
});

test('opening waits for a file that another process has locked, until it is aborted', async () => {
  using folder = temporaryFolder();
  await (await open(folder.file))[Symbol.asyncDispose]();
  using raw = openRaw(folder.file);
  raw.exec('begin exclusive');
  const abort = new AbortController();
  const aborted = open(folder.file, { signal: abort.signal });
  abort.abort(new Error('aborted'));
  await expect(aborted).rejects.toThrow('aborted');
  const waited = open(folder.file);
  raw.exec('commit');
  await using store = await waited;
  expect(await store.limits.load(NOW)).toEqual(NOTHING);
});

test('a save to a locked file is rejected soon, and succeeds once the file is unlocked', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file, { lockTimeoutMs: 50 });
  using raw = openRaw(folder.file);
  raw.exec('begin immediate');
  await expect(store.limits.save({ after: LASTING, now: NOW })).rejects.toMatchObject({ problem: 'locked' });
  expect(await store.limits.load(NOW)).toEqual(NOTHING);
  raw.exec('commit');
  await store.limits.save({ after: LASTING, now: NOW });
  expect(await store.limits.load(NOW)).toEqual(LASTING);
});

test('a file that was moved away is not written to any more, and a new one is created at the path', async () => {
  using folder = temporaryFolder();
  await using store = await open(folder.file);
  await store.limits.save({ after: LASTING, now: NOW });
  const moved = join(folder.path, 'moved');
  renameSync(folder.path, `${folder.path}-moved`);
  await expect(store.limits.save({ before: LASTING, after: NOTHING, now: NOW })).rejects.toMatchObject({
    problem: 'no_folder',
  });
  mkdirSync(folder.path);
  renameSync(`${folder.path}-moved`, moved);
  expect(await store.limits.load(NOW)).toEqual(NOTHING);
  await store.limits.save({ after: { ...LASTING, windows: [] }, now: NOW });
  await using old = await open(join(moved, 'spillway.db'));
  expect(await old.limits.load(NOW)).toEqual(LASTING);
});

test('a closed store rejects, and can be closed twice', async () => {
  using folder = temporaryFolder();
  const store = await open(folder.file);
  await store[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await expect(store.limits.save({ after: LASTING, now: NOW })).rejects.toMatchObject({
    name: 'StoreError',
    problem: 'unusable',
  });
});

/** Reports that it is ready, opens the store on a signal from its parent, and loads. */
const CHILD = `
const { openStore } = await import(process.argv[1]);
const { systemClock } = await import(process.argv[2]);
await import('kysely');
process.stdout.write('ready');
await new Promise((go) => process.stdin.once('data', go));
const store = await openStore('sqlite:' + process.argv[3], { clock: systemClock, signal: new AbortController().signal });
await store.limits.load(0);
await store[Symbol.asyncDispose]();
process.exit(0);
`;

test('processes that start at once without a file all open the new one, and none prints a warning', async () => {
  using folder = temporaryFolder();
  const children = Array.from({ length: 4 }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', CHILD, STORE, CLOCK, folder.file], {
      stdio: 'pipe',
      env: ENVIRONMENT,
    });
    let output = '';
    child.stderr.on('data', (piece: Buffer) => (output += piece.toString()));
    return { child, output: () => output };
  });
  await Promise.all(children.map(({ child }) => once(child.stdout, 'data')));
  for (const { child } of children) child.stdin.write('go');
  const codes = await Promise.all(children.map(({ child }) => once(child, 'close').then(([code]) => code as number)));
  expect(children.map(({ output }, index) => [codes[index], output()])).toEqual(children.map(() => [0, '']));
  await using store = await open(folder.file);
  expect(await store.limits.load(NOW)).toEqual(NOTHING);
});
