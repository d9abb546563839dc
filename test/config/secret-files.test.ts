import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkInProcess } from '../../src/config/check-in-process.ts';
import { type ConfigResult, loadConfigFile, parseConfig, parseConfigText } from '../../src/config/load.ts';
import { createSecretFiles } from '../../src/config/secret-files.ts';
import { viewOf } from '../../src/config/view.ts';
import { fileVersion } from '../../src/config/watch-file.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'spillway-secrets-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

const KEY = 'sk-from-a-file-0123456789';

function secret(name: string, text: string | Uint8Array): string {
  const path = join(FOLDER, name);
  writeFileSync(path, text);
  return path;
}

const withKey = (apiKey: string) => ({
  providers: { p: { baseUrl: 'https://h.example/v1', apiKey } },
  chains: { c: { entries: ['p/m'] } },
});
const keyOf = (result: ConfigResult): unknown =>
  result.ok ? result.config.providers['p']?.apiKey?.reveal() : result.problems;

test.each([
  ['as it is', KEY],
  ['with a line break', `${KEY}\n`],
  ['with a line break of Windows', `${KEY}\r\n`],
  ['with several line breaks', `${KEY}\n\n`],
  ['with a byte order mark', `\u{feff}${KEY}\n`],
])('a file is replaced by its text: %s', (_, text) => {
  const path = secret('key', text);
  expect(keyOf(parseConfig(withKey(`\${file:${path}}`), {}))).toBe(KEY);
});

test('a file may be a part of a text, beside variables, and the source of a key is named', () => {
  const path = secret('password', 'pass-word-1\n');
  const url = `postgres://\${USER_NAME}:\${file:${path}}@db.example/spillway`;
  const value = { ...withKey(`\${file:${path}}`), store: { url } };
  const result = parseConfig(value, { USER_NAME: 'me' });
  expect(result).toMatchObject({
    ok: true,
    config: { store: { url: 'postgres://me:pass-word-1@db.example/spillway' } },
  });
  expect(result.ok && result.keySources.get('p')).toBe(`file:${path}`);
  expect(result.ok && JSON.stringify(viewOf(result.config, (text) => text))).not.toContain('pass-word-1');
});

test('what replaces a variable or a file is not interpolated again', () => {
  const inner = secret('inner', KEY);
  const path = secret('outer', `\${file:${inner}}\${NAME}`);
  const value = {
    ...withKey('none'),
    aliases: { [`a`]: 'c' },
    chains: { c: { entries: [`p/\${file:${path}}`, 'p/${NAME}'] } },
  };
  const result = parseConfig(value, { NAME: `\${file:${inner}}` });
  expect(result.ok && result.config.chains['c']?.entries).toMatchObject([
    { model: `\${file:${inner}}\${NAME}` },
    { model: `\${file:${inner}}` },
  ]);
});

test('a program may use them as YAML does', async () => {
  const path = secret('key', `${KEY}\n`);
  const program = secret('spillway.config.mjs', `export default ${JSON.stringify(withKey(`\${file:${path}}`))};\n`);
  expect(keyOf(await loadConfigFile(program, {}))).toBe(KEY);
});

const pipe = (): string => {
  const path = join(FOLDER, 'pipe');
  spawnSync('mkfifo', [path]);
  return path;
};

test.each<[string, () => string, RegExp]>([
  ['does not exist', () => join(FOLDER, 'nowhere'), /^file '.*nowhere' does not exist$/],
  ['is a directory', () => FOLDER, /^file '.*' is a directory$/],
  ['is a named pipe, which nothing writes to', pipe, /^file '.*pipe' is not a regular file$/],
  ['is a device', () => '/dev/zero', /^file '\/dev\/zero' is not a regular file$/],
  ['is empty', () => secret('empty', ''), /^file '.*empty' is empty$/],
  ['is a line break', () => secret('empty', '\n'), /^file '.*empty' is empty$/],
  ['is larger than 64 KB', () => secret('large', 'x'.repeat(65_537)), /^file '.*large' is larger than 64 KB$/],
  ['is no text', () => secret('binary', Uint8Array.of(0x6b, 0xff, 0xfe)), /^file '.*binary' is not UTF-8 text$/],
  ['is not named', () => '', /^names no file; write \$\{file:\/run\/secrets\/NAME\}$/],
  ['leads through a file', () => `${secret('key', KEY)}/x`, /^file '.*key\/x' cannot be read \(ENOTDIR\)$/],
])('a file that %s is a problem at the key that names it', (_, path, message) => {
  const result = parseConfig(withKey(`\${file:${path()}}`), {});
  expect(result.ok ? [] : result.problems).toEqual([
    { path: 'providers.p.apiKey', message: expect.stringMatching(message) },
  ]);
});

test('a file of 64 KB is read as a whole', () => {
  const path = secret('largest', 'x'.repeat(65_536));
  expect(createSecretFiles().read(path)).toEqual({ text: 'x'.repeat(65_536) });
});

test('a file is read once for all that name it, and its version is that of the read', async () => {
  const path = secret('key', 'first');
  const files = createSecretFiles();
  const version = await fileVersion(path);
  expect(files.read(path)).toEqual({ text: 'first' });
  writeFileSync(path, 'second, and longer');
  expect(files.read(path)).toEqual({ text: 'first' });
  expect(files.versions).toEqual(new Map([[path, version]]));
  expect(await fileVersion(path)).not.toBe(version);
});

test('the versions of all files are known, also of those that are missing', () => {
  const [path, missing] = [secret('key', KEY), join(FOLDER, 'nowhere')];
  const result = parseConfig({ ...withKey(`\${file:${path}}`), aliases: { a: `\${file:${missing}}` } }, {});
  expect(result.ok).toBe(false);
  expect([...(result.files?.keys() ?? [])].toSorted()).toEqual([path, missing].toSorted());
  expect(result.files?.get(missing)).toBe('ENOENT');
});

test('a problem shows the name of a file in place of its text', () => {
  const path = secret(`${'long-name-'.repeat(15)}key`, `${KEY}\n`);
  const reference = `\${file:${path}}`;
  const text = JSON.stringify({ ...withKey(reference), chains: { c: { entries: [reference], commit: reference } } });
  const result = parseConfigText(text, {});
  const shown = JSON.stringify(result);
  expect(result.ok).toBe(false);
  expect(shown).toContain(`'${reference}' is not an entry`);
  expect(shown).not.toContain(KEY);
});

/** The result of a check of a configuration that names this file everywhere. */
async function check(path: string, more: string): Promise<string> {
  const reference = `\${file:${path}}`;
  const text = `providers: { p: { baseUrl: "https://h.example/${reference}", apiKey: "${reference}" } }
chains: { c: { entries: [p/m, "p/${reference}"] } }
aliases: { a: "${reference}" }
${more.replaceAll('REFERENCE', () => reference)}`;
  const input = { text, format: 'yaml', served: {}, started: {} } as const;
  return JSON.stringify(await checkInProcess(input, new AbortController().signal, 30_000));
}

test('a text that is only checked opens no file: its result is the same whatever there is', async () => {
  const endless = join(FOLDER, 'endless');
  symlinkSync('/dev/zero', endless);
  const paths = [secret('there', 'c'), '/etc/hostname', '/nowhere', FOLDER, endless];
  for (const [more, expected] of [
    ['defaults: { chain: nope, unknownModel: "REFERENCE" }', /"problems":\[\{"path":"defaults\.chain"/],
    ['', /"problems":\[\],"compared":/],
  ] as const) {
    const results = await Promise.all(paths.map((path) => check(path, more)));
    const without = results.map((each, index) => each.replaceAll(`file:${paths[index]}`, 'file:PATH'));
    expect(without[0]).toMatch(expected);
    expect(new Set(without).size).toBe(1);
  }
});
