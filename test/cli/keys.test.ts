import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EMPTY, run } from '../helpers/cli.ts';
import { type CommandResult, runRows } from '../helpers/cli-rows.ts';
import { listenOnLoopback } from '../helpers/listen.ts';
import { ADMIN_KEY, startOnStore } from '../helpers/store-gateway.ts';
import { openRaw, temporaryFolder } from '../helpers/store.ts';

const folder = temporaryFolder();
/** Writes a configuration with further sections, and returns its path. */
function writeConfig(name: string, ...sections: string[]): string {
  const path = join(EMPTY, `${name}.yaml`);
  const providers = 'providers: { a: { baseUrl: "http://127.0.0.1:9/v1", apiKey: none } }';
  writeFileSync(path, [providers, 'chains: { default: { entries: [a/m] } }', ...sections, ''].join('\n'));
  return path;
}
const CONFIG = writeConfig('keys', `store: { url: "sqlite:${folder.file}" }`);
afterAll(() => folder[Symbol.dispose]());

interface Result {
  readonly code: number | null;
  readonly output: string;
}
async function spillway(args: readonly string[], environment: Record<string, string> = {}): Promise<Result> {
  await using command = run(args, environment);
  return { code: await command.exit, output: command.output() };
}
const withStore = (...args: string[]): Promise<Result> => spillway([...args, '--config', CONFIG]);
async function json(...args: string[]): Promise<{ id: string; secret: string; [member: string]: unknown }> {
  const { code, output } = await withStore(...args, '--json');
  expect([code, output]).toEqual([0, expect.stringMatching(/^\{.*\}\n$/)]);
  return JSON.parse(output) as { id: string; secret: string };
}

test(
  'the first admin of an empty store is made on the machine, and used, while the gateway runs and after',
  { timeout: 60_000 },
  async () => {
    const made = await withStore('keys', 'create', '--name', 'me', '--role', 'admin');
    const secret = /sp_[0-9A-Za-z]{36}/.exec(made.output)?.[0] ?? '';
    expect(made).toMatchObject({ code: 0, output: expect.stringMatching(/^key_[a-z]{24} \(me, admin\) is made/) });
    expect(made.output.split(secret)).toHaveLength(2);
    await using gateway = run(['serve', '--config', CONFIG, '--port', '0', '--log-level', 'silent']);
    const [url = ''] = await gateway.says(/http:\/\/127\.0\.0\.1:\d+/);
    const statusOf = async (key: string): Promise<number> =>
      (await fetch(`${url}/v1/key`, { headers: { 'x-api-key': key } })).status;
    expect([await statusOf(secret), await statusOf('none')]).toEqual([200, 401]);
    // Made beside the gateway, by another process.
    const other = await json('keys', 'create', '--name', 'beside');
    while ((await statusOf(other.secret)) !== 200);
    // The same over its API.
    const remote = (...args: string[]): Promise<Result> => spillway([...args, '--url', url], { SPILLWAY_KEY: secret });
    const listed = await remote('keys', 'list');
    expect(listed.output).toMatch(/beside[^]*active/);
    expect(await remote('keys', 'show', other.id)).toMatchObject({
      code: 0,
      output: expect.stringContaining('by cli:'),
    });
    expect((await remote('keys', 'rotate', other.id, '--overlap', '1h')).output).toMatch(/is rotated[^]*sp_/);
    expect(await remote('keys', 'revoke', other.id)).toMatchObject({
      code: 0,
      output: `${other.id} (beside) is revoked\n`,
    });
    expect(await statusOf(other.secret)).toBe(401);
    const refused = await spillway(['keys', 'list', '--url', url], { SPILLWAY_KEY: other.secret });
    expect([refused.code, refused.output]).toEqual([1, 'spillway: The API key was revoked.\n']);
  },
);

test('--priority makes a key whose requests are refused first', { timeout: 60_000 }, async () => {
  const key = await json('keys', 'create', '--name', 'batch', '--priority', 'low');
  expect(key).toMatchObject({ priority: 'low' });
  expect((await withStore('keys', 'show', (key as { id: string }).id)).output).toMatch(/^priority +low$/m);
});

test('--bodies lets an admin read bodies', { timeout: 60_000 }, async () => {
  expect(await json('keys', 'create', '--name', 'reader', '--role', 'admin', '--bodies')).toMatchObject({
    bodies: true,
  });
  expect(await withStore('keys', 'create', '--name', 'other', '--bodies')).toMatchObject({
    code: 1,
    output: expect.stringContaining('bodies: needs the role admin'),
  });
});

test('every flag of a new key counts, and its audit row names the machine’s user', { timeout: 60_000 }, async () => {
  await withStore('tenants', 'create', 'acme', '--budget', '2000/month@Europe/Berlin', '--key-budget', '9/week');
  const key = await json(
    'keys',
    'create',
    '--name',
    'full',
    '--tenant',
    'acme',
    '--chains',
    'default,a/m',
    '--models',
    'a/*',
    '--operations',
    'embeddings',
    '--expires-in',
    '90d',
    '--budget',
    '50/month',
    '--budget',
    '0.5/day@Asia/Tokyo',
    '--rpm',
    '60',
    '--concurrency',
    '8',
    '--note',
    'x',
  );
  expect(key).toMatchObject({
    tenant: 'acme',
    chains: ['default', 'a/m'],
    models: ['a/*'],
    operations: ['embeddings'],
    limits: { requests_per_minute: { limit: 60 }, concurrency: { limit: 8 } },
    budgets: [
      { amount_usd: 50, period: 'month' },
      { amount_usd: 0.5, time_zone: 'Asia/Tokyo' },
    ],
    note: 'x',
    created_by: expect.stringMatching(/^cli:/),
  });
  expect(await withStore('tenants', 'remove', 'acme')).toMatchObject({
    code: 1,
    output: expect.stringContaining('has keys that are not revoked'),
  });
  await withStore('keys', 'revoke', key.id);
  expect(await withStore('tenants', 'remove', 'acme')).toMatchObject({ code: 0 });
  const raw = openRaw(folder.file);
  const [row] = raw.prepare("select via, actor_id from audit where action = 'tenants.remove'").all();
  raw.close();
  expect(row).toMatchObject({ via: 'cli', actor_id: expect.stringMatching(/^cli:/) });
});

const REFUSED: readonly (readonly [args: readonly string[], message: string])[] = [
  [['keys'], 'keys: needs an action; use one of create, list, show, rotate, revoke'],
  [['keys', 'lst'], "unknown action 'keys lst'; did you mean 'list'?"],
  [['keys', 'create'], 'keys create: needs --name NAME'],
  [['keys', 'create', '--name', 'local'], "name: 'local' is reserved for the gateway; choose another name"],
  [
    ['keys', 'create', '--name', 'x', '--role', 'boss'],
    'role: Invalid option: expected one of "caller"|"viewer"|"admin"',
  ],
  [['keys', 'create', '--name', 'x', '--chains', 'nope'], 'chains.0: there is no chain "nope"'],
  [
    ['keys', 'create', '--name', 'x', '--budget', '5'],
    "--budget: '5' is not a budget; write AMOUNT/PERIOD, for example 50/month",
  ],
  [
    ['keys', 'create', '--name', 'x', '--rpm', 'many'],
    'limits.requests_per_minute: Invalid input: expected number, received string',
  ],
  [['keys', 'create', '--nam', 'x'], "unknown option --nam; did you mean '--name'?"],
  [['keys', 'list', '--overlap', '1h'], 'unexpected option --overlap for keys list; see --help'],
  [['keys', 'show'], 'keys show: needs an id'],
  [['keys', 'show', 'key_x', 'y'], "unexpected argument 'y'; see --help"],
  [['keys', 'revoke', 'key_x'], 'id: there is no key "key_x".'],
  [['keys', 'list', '--url', 'http://127.0.0.1:2'], 'http://127.0.0.1:2 cannot be reached (ECONNREFUSED)'],
  [['keys', 'list', '--url', 'localhost:4141'], "--url: 'localhost:4141' is not a URL; write http://HOST:PORT"],
  [['constructor'], "unknown command 'constructor'; see --help"],
  [['tenants', 'show', 'nobody'], 'name: there is no tenant "nobody".'],
];

describe('a command', () => {
  let results: readonly CommandResult[] = [];
  beforeAll(async () => {
    results = await runRows(REFUSED.map(([args]) => (args.includes('--url') ? args : [...args, '--config', CONFIG])));
  }, 60_000);

  test.each(REFUSED.map((row, index) => [...row, index] as const))('%j is refused in one line', (_, message, index) => {
    expect(results[index]).toEqual({ code: 1, output: `spillway: ${message}\n` });
  });
});

test(
  'a store that keeps nothing, a missing one and a broken one are refused in one line',
  { timeout: 60_000 },
  async () => {
    const without = writeConfig('without');
    expect(await spillway(['keys', 'create', '--name', 'x', '--config', without])).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^spillway: Keys and tenants need a store[^\n]*\n$/),
    });
    using broken = temporaryFolder();
    writeFileSync(broken.file, 'no database at all, but long enough to be read as one'.repeat(50));
    const config = writeConfig('broken', `store: { url: "sqlite:${broken.file}" }`);
    expect(await spillway(['keys', 'list', '--config', config])).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^spillway: store [^\n]* not a Spillway store[^\n]*\n$/),
    });
  },
);

test(
  'a store that lacks migrations is left as it is where the configuration says so',
  { timeout: 60_000 },
  async () => {
    using own = temporaryFolder();
    openRaw(own.file).close();
    const config = writeConfig('unmigrated', `store: { url: "sqlite:${own.file}", migrate: false }`);
    expect(await spillway(['keys', 'create', '--name', 'x', '--config', config])).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^spillway: store [^\n]* lacks [^\n]*; run spillway migrate\n$/),
    });
    const raw = openRaw(own.file);
    expect(raw.prepare('select name from sqlite_master').all()).toEqual([]);
    raw.close();
  },
);

test('a server that is no gateway is named in one line', async () => {
  await using server = createServer((_request, response) => void response.end('<html>'));
  const url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  for (const command of [['keys', 'list'], ['usage']])
    expect(await spillway([...command, '--url', url])).toEqual({
      code: 1,
      output: `spillway: ${url} answered with no JSON; is it a Spillway gateway?\n`,
    });
});

test('a public address is served once the store holds a key, and not before', { timeout: 60_000 }, async () => {
  using own = temporaryFolder();
  const config = writeConfig('public', `server: { host: 0.0.0.0, port: 0 }`, `store: { url: "sqlite:${own.file}" }`);
  const refused = await spillway(['serve', '--config', config, '--log-level', 'silent']);
  expect([refused.code, refused.output]).toEqual([
    1,
    expect.stringContaining("'0.0.0.0' is reachable from other machines"),
  ]);
  await spillway(['keys', 'create', '--name', 'me', '--role', 'admin', '--config', config]);
  await using gateway = run(['serve', '--config', config, '--log-level', 'silent']);
  await gateway.says(/spillway on http/);
});

test('a gateway of this repository takes the commands over its API, too', async () => {
  using own = temporaryFolder();
  await using rig = await startOnStore(own.file);
  const { code, output } = await spillway(['keys', 'create', '--name', 'remote', '--url', `${rig.url}/v1/`, '--json'], {
    SPILLWAY_KEY: ADMIN_KEY,
  });
  expect([code, JSON.parse(output)]).toMatchObject([0, { name: 'remote', created_by: 'root' }]);
});
