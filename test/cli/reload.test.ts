import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { responder, type ScriptedUpstream, startScriptedUpstream } from '../../src/testing/index.ts';
import { reloadOnChange } from '../../src/cli/reload.ts';
import { type Run, run } from '../helpers/cli.ts';
import { post } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

/** The running command with a configuration file, and two upstreams for the file. */
interface Running extends AsyncDisposable {
  readonly cli: Run;
  readonly file: string;
  readonly url: string;
  readonly write: (text: string) => void;
  /** The file that names the n-th upstream. */
  readonly yaml: (n: 0 | 1, more?: string) => string;
  readonly answers: () => Promise<string>;
  readonly status: () => Promise<Configuration>;
}

interface Configuration {
  readonly rejected: { readonly problems: readonly string[] } | null;
  readonly restart: readonly string[];
}

async function start(write: (folder: string, text: string) => string, more = ''): Promise<Running> {
  const upstreams: ScriptedUpstream[] = await Promise.all(
    ['first', 'second'].map((content) => startScriptedUpstream({ script: responder({ content }) })),
  );
  const yaml: Running['yaml'] = (n, text = more) =>
    `${text}\nproviders: { up: { baseUrl: "${upstreams[n]?.baseUrl}" } }\nchains: { default: { entries: [up/m] } }\n`;
  const file = write(mkdtempSync(join(tmpdir(), 'spillway-reload-')), yaml(0));
  const cli = run(['--config', file, '--port', '0']);
  const [, url = ''] = await cli.says(/spillway on (http\S+)/);
  return {
    cli,
    file,
    url,
    yaml,
    write: (text) => writeFileSync(file, text),
    async answers() {
      const { choices } = (await (await post(fetch, `${url}/v1/chat/completions`, HELLO)).json()) as {
        choices: { message: { content: string } }[];
      };
      return choices[0]?.message.content ?? '';
    },
    async status() {
      const response = await fetch(`${url}/readyz`);
      return ((await response.json()) as { configuration: Configuration }).configuration;
    },
    async [Symbol.asyncDispose]() {
      await cli[Symbol.asyncDispose]();
      for (const upstream of upstreams) await upstream.close();
    },
  };
}

function inFolder(folder: string, text: string): string {
  const file = join(folder, 'spillway.yaml');
  writeFileSync(file, text);
  return file;
}

test.concurrent('a changed file is active within seconds, and SIGHUP reloads it at once', async () => {
  await using running = await start(inFolder);
  expect(await running.answers()).toBe('first');
  running.write(running.yaml(1));
  await running.cli.says(/configuration loaded/);
  expect(await running.answers()).toBe('second');
  running.write(running.yaml(0));
  running.cli.child.kill('SIGHUP');
  await running.cli.says(/configuration loaded[^]*configuration loaded/);
  expect(await running.answers()).toBe('first');
});

test.concurrent('a ConfigMap whose link points to another folder is a changed file', async () => {
  await using running = await start((folder, text) => {
    mkdirSync(join(folder, '..1'));
    writeFileSync(join(folder, '..1', 'spillway.yaml'), text);
    symlinkSync('..1', join(folder, '..data'));
    symlinkSync(join('..data', 'spillway.yaml'), join(folder, 'spillway.yaml'));
    return join(folder, 'spillway.yaml');
  });
  const folder = join(running.file, '..');
  mkdirSync(join(folder, '..2'));
  writeFileSync(join(folder, '..2', 'spillway.yaml'), running.yaml(1));
  symlinkSync('..2', join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  rmSync(join(folder, '..1'), { recursive: true });
  await running.cli.says(/configuration loaded/);
  expect(await running.answers()).toBe('second');
});

/** Starts with a client's key that is in a mounted Secret of Kubernetes. `mount` replaces it as Kubernetes does. */
async function startWithSecret(key: string): Promise<{ running: Running; mount: (name: string, key: string) => void }> {
  const mounted = mkdtempSync(join(tmpdir(), 'spillway-secret-'));
  const mount = (name: string, text: string): void => {
    mkdirSync(join(mounted, name));
    writeFileSync(join(mounted, name, 'client-key'), `${text}\n`);
    symlinkSync(name, join(mounted, '..data_tmp'));
    renameSync(join(mounted, '..data_tmp'), join(mounted, '..data'));
  };
  mount('..1', key);
  symlinkSync(join('..data', 'client-key'), join(mounted, 'client-key'));
  const reference = `\${file:${join(mounted, 'client-key')}}`;
  return { running: await start(inFolder, `auth: { keys: [{ name: a, key: "${reference}" }] }`), mount };
}

const statusWith = async ({ url }: Running, key: string): Promise<number> =>
  (await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status;

test.concurrent('a secret file that is swapped is read again, although the configuration stays', async () => {
  const { running, mount } = await startWithSecret('first-key-of-20-characters');
  await using _ = running;
  expect(await statusWith(running, 'first-key-of-20-characters')).toBe(200);
  mount('..2', 'second-key-of-20-characters');
  await running.cli.says(/configuration loaded/);
  expect(await statusWith(running, 'second-key-of-20-characters')).toBe(200);
  expect(await statusWith(running, 'first-key-of-20-characters')).toBe(401);
  mount('..3', 'third-key-of-20-characters');
  await running.cli.says(/configuration loaded[^]*configuration loaded/);
  expect(await statusWith(running, 'third-key-of-20-characters')).toBe(200);
  expect(running.cli.output().match(/configuration loaded/g)).toHaveLength(2);
});

test.concurrent('a secret file that disappears changes nothing, and is read once it is back', async () => {
  const { running, mount } = await startWithSecret('first-key-of-20-characters');
  await using _ = running;
  mount('..2', '');
  await running.cli.says(/auth\.keys\[0\]\.key: file '[^']*client-key' is empty/);
  expect(await statusWith(running, 'first-key-of-20-characters')).toBe(200);
  mount('..3', 'third-key-of-20-characters');
  await running.cli.says(/configuration loaded/);
  expect(await statusWith(running, 'third-key-of-20-characters')).toBe(200);
});

test.concurrent('a file that a new configuration names is watched from then on, and SIGHUP reads it at once', async () => {
  await using running = await start(inFolder);
  const path = join(running.file, '..', 'key');
  writeFileSync(path, 'first-key-of-20-characters');
  running.write(running.yaml(0, `auth: { keys: [{ name: a, key: "\${file:${path}}" }] }`));
  await running.cli.says(/configuration loaded/);
  expect(await statusWith(running, 'first-key-of-20-characters')).toBe(200);
  writeFileSync(path, 'second-key-of-20-characters');
  running.cli.child.kill('SIGHUP');
  await running.cli.says(/configuration loaded[^]*configuration loaded/);
  writeFileSync(path, 'third-key-of-20-characters\n');
  await running.cli.says(/configuration loaded[^]*configuration loaded[^]*configuration loaded/);
  expect(await statusWith(running, 'third-key-of-20-characters')).toBe(200);
});

test.concurrent.each([
  ['broken', 'chains: {', /line \d+/],
  ['half-written', 'providers: { up: { baseUrl: "http', /line \d+/],
  ['empty', '', /the file is empty/],
  ['invalid', 'providers: {}\nchains: { default: { entries: [unknown/m] } }', /unknown provider 'unknown'/],
  ['deleted', undefined, /no such file/],
])(
  'CF-03 when a file is %s the previous configuration stays active, and the problem is logged',
  async (_, text, problem) => {
    await using running = await start(inFolder);
    if (text === undefined) rmSync(running.file);
    else running.write(text);
    await running.cli.says(/"configuration rejected, the previous one stays active"/);
    expect(running.cli.output()).toMatch(problem);
    expect(await running.answers()).toBe('first');
    expect((await running.status()).rejected?.problems.join()).toMatch(problem);
    running.write(running.yaml(1));
    await running.cli.says(/configuration loaded/);
    expect([await running.answers(), (await running.status()).rejected]).toEqual(['second', null]);
  },
);

test.concurrent('a change of the server section is logged as needing a restart', async () => {
  await using running = await start(inFolder);
  running.write(running.yaml(1, 'server: { bodyLimit: 1mb }'));
  await running.cli.says(/"sections":\["server"\],"msg":"configuration change needs a restart"/);
  expect([await running.answers(), (await running.status()).restart]).toEqual(['second', ['server']]);
});

test.concurrent('keys that are added take effect at once', async () => {
  await using running = await start(inFolder);
  running.write(running.yaml(0, 'auth: { keys: [{ name: a, key: key-of-a }] }'));
  await running.cli.says(/configuration loaded/);
  const models = (key: string): Promise<Response> =>
    fetch(`${running.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  expect([(await models('wrong')).status, (await models('key-of-a')).status]).toEqual([401, 200]);
  expect(await (await fetch(`${running.url}/readyz`)).json()).toEqual({ status: 'ok' });
});

const LONG_KEY = 'key-of-a-with-more-than-20-characters';

test.concurrent('a gateway that other machines can reach refuses a configuration without keys, and short keys', async () => {
  await using running = await start(
    inFolder,
    `server: { host: 0.0.0.0 }\nauth: { keys: [{ name: a, key: ${LONG_KEY} }] }`,
  );
  running.write(running.yaml(1, ''));
  await running.cli.says(/auth\.keys: '0\.0\.0\.0' is reachable from other machines; configure auth\.keys/);
  expect((await fetch(`${running.url}/v1/models`)).status).toBe(401);
  running.write(running.yaml(1, 'auth: { keys: [{ name: a, key: short-key }] }'));
  await running.cli.says(/auth\.keys\[0\]\.key: has fewer than 20 characters, and '0\.0\.0\.0' is reachable/);
  expect((await fetch(`${running.url}/v1/models`, { headers: { 'x-api-key': 'short-key' } })).status).toBe(401);
});

test.concurrent('a short key is a warning of the start and of each reload', async () => {
  await using running = await start(inFolder, 'auth: { keys: [{ name: a, key: key-of-a }] }');
  await running.cli.says(/"level":40,.*"path":"auth\.keys\[0\]\.key","message":"has fewer than 20 characters/);
  running.write(running.yaml(1, `auth: { keys: [{ name: b, key: ${LONG_KEY} }, { name: a, key: key-of-a }] }`));
  await running.cli.says(
    /"configuration loaded"[^]*"path":"auth\.keys\[1\]\.key","message":"has fewer than 20 characters/,
  );
});

/** Ways in which a file loses its keys, and what is said of each. */
const LOST: Readonly<Record<string, readonly [more: string, problem: RegExp]>> = {
  'cut before its keys': ['', /auth\.keys: no key is left, and a reload never opens a gateway that has keys/],
  'with auth: none': ['auth: none', /auth\.keys: no key is left, and a reload never opens/],
  'with an empty auth': ['auth:', /auth: is empty/],
  'with empty keys': ['auth: { keys: [] }', /auth\.keys: is empty; add a key/],
};

test.concurrent.each(Object.entries(LOST))(
  'a file %s does not open a gateway that has keys',
  async (_, [more, problem]) => {
    await using running = await start(inFolder, 'auth: { keys: [{ name: a, key: key-of-a, role: admin }] }');
    running.write(running.yaml(1, more));
    const [line] = await running.cli.says(/^.*"configuration rejected, the previous one stays active".*$/m);
    expect(line).toMatch(/^\{"level":50,/);
    expect(line).toMatch(problem);
    const answers = [{}, { 'x-api-key': 'key-of-a' }].map((headers) => fetch(`${running.url}/v1/models`, { headers }));
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([401, 200]);
    const ready = await fetch(`${running.url}/readyz`, { headers: { 'x-api-key': 'key-of-a' } });
    const { configuration } = (await ready.json()) as { configuration: Configuration };
    expect(configuration.rejected?.problems.join()).toMatch(problem);
  },
);

const ignore = (): void => undefined;

test('after a reload that throws the next one still runs', async () => {
  const file = inFolder(
    mkdtempSync(join(tmpdir(), 'spillway-reload-')),
    'providers: { a: { baseUrl: "http://127.0.0.1:1/v1" } }\nchains: { default: { entries: [a/m] } }\n',
  );
  let applied = 0;
  const { promise: twice, resolve } = Promise.withResolvers<void>();
  const failures: string[] = [];
  using _ = reloadOnChange({
    file: { path: file, versions: new Map() },
    host: '127.0.0.1',
    log: { debug: ignore, info: ignore, warn: ignore, error: (__, message) => void failures.push(message) },
    gateway: {
      config: { providers: {}, chains: {} },
      apply() {
        if (++applied === 1) throw new TypeError('a defect');
        resolve();
      },
      configuration: { rejected: undefined, restart: [] },
    },
  });
  process.emit('SIGHUP');
  process.emit('SIGHUP');
  await twice;
  expect(failures).toEqual(['configuration reload failed']);
});
