import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkConfigText, type ConfigText } from '../../src/config/check-text.ts';

const check = (text: string, format: ConfigText['format'] = 'yaml') => checkConfigText({ text, format }).problems;
const VALID = `providers:
  a: { baseUrl: "https://api.example.com/v1", apiKey: sk-plain }
chains:
  default: { entries: [a/m] }
`;

test('a valid configuration has no problem', () => {
  expect(check(VALID)).toEqual([]);
  const value = { providers: { groq: { preset: 'groq' } }, chains: { default: { entries: ['groq/m'] } } };
  expect(check(JSON.stringify(value), 'json')).toEqual([]);
});

test.each([
  ['a whole value', 'apiKey: sk-plain', 'apiKey: "${MY_KEY}"'],
  ['a part of a URL', 'api.example.com', '${HOST}'],
  ['a port', 'api.example.com', 'api.example.com:${PORT}'],
  ['a whole URL', '"https://api.example.com/v1"', '"${BASE}"'],
  ['an entry', '[a/m]', '["${ENTRY}"]'],
  ['a model', '[a/m]', '["a/${MODEL}"]'],
  ['a number', 'entries: [a/m]', 'entries: [a/m], deadline: "${DEADLINE}"'],
  [
    'a variable that replaces the URL of a preset',
    'baseUrl: "https://api.example.com/v1"',
    'preset: openai, headers: { x-a: "${OPENAI_BASE_URL}" }',
  ],
  ['a list', '[a/m]', '"${ENTRIES}"'],
])('a variable counts as set where it is %s', (_, written, replaced) => {
  expect(VALID).toContain(written);
  expect(check(VALID.replace(written, replaced))).toEqual([]);
});

test('presets whose variables are not set are no problem, and no variable of this process shows', () => {
  process.env['SPILLWAY_TEST_CANARY'] = 'canary-value-1234567890';
  try {
    const text = `providers:
  cf: { preset: cloudflare }
  a: { preset: openai, apiKey: "\${SPILLWAY_TEST_CANARY}", dialect: "\${SPILLWAY_TEST_CANARY}x", bogus: "\${SPILLWAY_TEST_CANARY}" }
chains: { default: { entries: [a/m, "b/\${SPILLWAY_TEST_CANARY}"] } }
defaults: { chain: nope }
`;
    const problems = check(text);
    expect(problems.map(({ path }) => path)).toContain('defaults.chain');
    expect(JSON.stringify(problems)).not.toMatch(/canary-value|variable-\d/);
    expect(JSON.stringify(check(text.replaceAll('SPILLWAY_TEST_CANARY', 'SPILLWAY_TEST_CANAR')))).not.toMatch(/CANARY/);
  } finally {
    delete process.env['SPILLWAY_TEST_CANARY'];
  }
});

test('each problem has its path and its line', () => {
  const text = `# a comment
providers:
  a:
    baseUrl: ftp://x
    apiKy: x
chains:
  default:
    entries:
      - a/m
      - b/m
      - { provider: a, model: m2, weight: -1 }
    retry: { overloaded: 9 }
`;
  const problems = check(text);
  const byPath = problems.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  expect(byPath.map(({ path, line, nearest }) => [path, line, nearest])).toEqual([
    ['chains.default.entries[1]', 10, 'a'],
    ['chains.default.entries[2].weight', 11, undefined],
    ['chains.default.retry.overloaded', 12, undefined],
    ['providers.a.apiKy', 5, 'apiKey'],
    ['providers.a.baseUrl', 4, undefined],
  ]);
  expect(check('providers: {}\n')).toMatchObject([
    { path: 'chains', line: undefined },
    { path: 'providers', line: 1 },
  ]);
});

test.each<[string, ConfigText['format'], string, number | undefined, RegExp]>([
  ['no YAML', 'yaml', 'a: 1\nb: [', 2, /^line 2, column \d+: /],
  ['an unknown alias', 'yaml', 'a: *b', 1, /alias/],
  ['no JSON', 'json', '{\n  "a": 1,\n}', 3, /^line 3, column 1: not valid JSON/],
  ['YAML in place of JSON', 'json', 'providers: {}', 1, /not valid JSON/],
  ['nothing', 'yaml', '# only a comment', undefined, /empty/],
])('%s is one problem at its line', (_, format, text, line, message) => {
  const problems = check(text, format);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toEqual({
    path: '',
    message: expect.stringMatching(message),
    ...(line === undefined ? {} : { line }),
  });
});

test('a key that is at a wrong place is not repeated', () => {
  const problems = check(
    VALID.replace('apiKey: sk-plain', 'apiKey: sk-plain-0123456789abcdef, dialect: sk-plain-0123456789abcdef'),
  );
  expect(problems).toHaveLength(1);
  expect(JSON.stringify(problems)).not.toContain('0123456789abcdef');
});

test('no file is opened: that of certificates counts as readable', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-check-'));
  const pipe = join(folder, 'pipe');
  spawnSync('mkfifo', [pipe]);
  try {
    // To read a pipe without a writer would block for ever.
    expect(existsSync(pipe)).toBe(true);
    for (const path of [pipe, '/nowhere/ca.pem'])
      expect(check(VALID.replace('apiKey:', `ca: ${path}, apiKey:`))).toEqual([]);
    expect(check(VALID.replace('apiKey:', 'ca: 5, apiKey:'))).toMatchObject([{ path: 'providers.a.ca' }]);
    expect(check(VALID.replace('apiKey:', 'ca: "", apiKey:'))).toMatchObject([{ path: 'providers.a.ca' }]);
    expect(check(`${VALID}store: { url: "sqlite:/nowhere/at/all.db" }`)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
