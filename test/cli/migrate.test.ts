import { MIGRATIONS } from '../../src/store/migrations.ts';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../helpers/cli.ts';
import { POSTGRES, PostgresServer } from '../helpers/postgres.ts';
import { openRaw, temporaryFolder } from '../helpers/store.ts';

/** The names of all migrations. */
const ALL = Object.keys(MIGRATIONS).join(', ');

/** Runs `spillway migrate` with a store, and returns its exit code and output. */
async function migrate(folder: string, store: string | undefined, ...flags: string[]) {
  const config = join(folder, 'spillway.yaml');
  const providers = 'providers: { p: { baseUrl: "http://127.0.0.1:9/v1", apiKey: none } }';
  const section = store === undefined ? '' : `store: { url: "${store}" }\n`;
  writeFileSync(config, `${providers}\nchains: { default: { entries: [p/m] } }\n${section}`);
  await using command = run(['migrate', '--config', config, ...flags]);
  return { code: await command.exit, output: command.output() };
}

test('migrate makes the file, and --check reports what it lacks without a change', async () => {
  using folder = temporaryFolder();
  const url = `sqlite:${folder.file}`;
  const missing = { code: 1, output: `spillway: the store lacks ${ALL}; run spillway migrate\n` };
  expect(await migrate(folder.path, url, '--check')).toEqual(missing);
  expect(existsSync(folder.file)).toBe(false);
  expect(await migrate(folder.path, url)).toEqual({ code: 0, output: `applied ${ALL}\n` });
  expect(await migrate(folder.path, url)).toEqual({ code: 0, output: 'the store is up to date\n' });
  expect(await migrate(folder.path, url, '--check')).toEqual({ code: 0, output: 'the store is up to date\n' });
});

test('a store that cannot be migrated, and a configuration without one, end with one line', async () => {
  using folder = temporaryFolder();
  {
    using raw = openRaw(folder.file);
    raw.exec('create table users (id integer)');
  }
  const url = `sqlite:${folder.file}`;
  for (const flags of [[], ['--check']]) {
    const { code, output } = await migrate(folder.path, url, ...flags);
    expect([code, output]).toEqual([1, expect.stringMatching(/^spillway: store '.*': not a Spillway store [^\n]*\n$/)]);
  }
  const without = await migrate(folder.path, undefined);
  expect([without.code, without.output]).toEqual([
    1,
    expect.stringContaining('has no store to migrate; set store.url'),
  ]);
});

describe(POSTGRES === undefined ? 'skipped: postgres not found' : 'on PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    if (POSTGRES !== undefined) server = await PostgresServer.start();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test.skipIf(POSTGRES === undefined)('migrate and --check do the same', async () => {
    using folder = temporaryFolder();
    const url = server.url(await server.createDatabase());
    const missing = { code: 1, output: `spillway: the store lacks ${ALL}; run spillway migrate\n` };
    expect(await migrate(folder.path, url, '--check')).toEqual(missing);
    expect(await migrate(folder.path, url)).toEqual({ code: 0, output: `applied ${ALL}\n` });
    expect(await migrate(folder.path, url, '--check')).toEqual({ code: 0, output: 'the store is up to date\n' });
  });
});
