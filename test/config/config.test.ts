import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createConceal } from '../../src/config/conceal.ts';
import { findConfigFile, loadConfigFile, parseConfig, parseConfigText } from '../../src/config/load.ts';
import { formatProblems } from '../../src/config/problems.ts';
import { listModels, resolveChain } from '../../src/config/resolve.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';
import { INTERNAL } from '../../src/domain/principal.ts';

const GOOD = `
auth: { keys: [ { name: ci, key: "\${SPILLWAY_KEY}" } ] }
providers:
  groq: { preset: groq, apiKey: "\${GROQ_KEY}" }
  local: { dialect: openai, baseUrl: "http://127.0.0.1:8000/v1/", apiKey: none, models: { qwen3: {}, "*": {} } }
chains:
  default:
    entries:
      - groq/llama/3.3
      - { provider: local, model: qwen3, timeouts: { firstToken: 5s }, reasoning: true }
    deadline: 10m
    timeouts: { idle: 250ms }
defaults: { chain: default, timeouts: { idle: 9s, total: 1h } }
aliases: { gpt-4o: fast, fast: default }
`;
const ENVIRONMENT = { SPILLWAY_KEY: 'gateway-key-1234', GROQ_KEY: 'gsk-provider-key-5678' };

function good(text = GOOD) {
  const result = parseConfigText(text, ENVIRONMENT);
  if (!result.ok) throw new Error(formatProblems('good', result.problems));
  return result.config;
}

test('a good file becomes a frozen snapshot with every default and override in place', () => {
  const snapshot = toSnapshot(good());
  const chain = resolveChain(snapshot, INTERNAL, 'gpt-4o');
  expect(chain).toMatchObject({ name: 'default', deadline: 600_000, commit: 'first-token' });
  expect(
    chain.entries.map(({ targets: [target], timeouts }) => [
      target.provider,
      target.model,
      target.baseUrl,
      target.apiKey,
      timeouts,
    ]),
  ).toEqual([
    [
      'groq',
      'llama/3.3',
      'https://api.groq.com/openai/v1',
      'gsk-provider-key-5678',
      { connect: 5000, headers: undefined, firstToken: undefined, streamStart: 60_000, idle: 250, total: 3600_000 },
    ],
    [
      'local',
      'qwen3',
      'http://127.0.0.1:8000/v1',
      undefined,
      { connect: 5000, headers: undefined, firstToken: 5000, streamStart: 300_000, idle: 250, total: 3600_000 },
    ],
  ]);
  expect(() => Object.assign(chain, { name: 'x' })).toThrow(TypeError);
  expect(JSON.stringify(chain.entries.map(({ targets: [target] }) => target.account))).not.toContain('provider-key');
});

test('a model is a chain, an alias, a pair in use, or any model of an open provider', () => {
  const snapshot = toSnapshot(good());
  expect(listModels(snapshot, INTERNAL)).toEqual(['default', 'gpt-4o', 'fast', 'groq/llama/3.3', 'local/qwen3']);
  expect(resolveChain(snapshot, INTERNAL, undefined).name).toBe('default');
  expect(resolveChain(snapshot, INTERNAL, 'local/any/model').entries[0]?.targets[0].model).toBe('any/model');
  expect(() => resolveChain(snapshot, INTERNAL, 'groq/other')).toThrow(/does not exist here/);
  const restricted = { ...INTERNAL, chains: ['gpt-4o'] };
  expect(listModels(snapshot, restricted)).toEqual(['gpt-4o']);
  expect(() => resolveChain(snapshot, restricted, 'local/qwen3')).toThrow(/You may use: gpt-4o/);
});

test('without a default chain a missing model is an error, and an unknown one may mean the default', () => {
  const none = toSnapshot(good(GOOD.replace('chain: default, ', '')));
  expect(() => resolveChain(none, INTERNAL, undefined)).toThrow(/no default chain/);
  const lenient = toSnapshot(good(GOOD.replace('chain: default, ', 'chain: default, unknownModel: default, ')));
  expect(resolveChain(lenient, INTERNAL, 'whatever').name).toBe('default');
});

test('a secret shows nowhere', () => {
  const config = good();
  const shown = [
    inspect(config, { depth: 9 }),
    JSON.stringify(config),
    String(config.providers['groq']?.apiKey),
  ].join();
  expect(shown).toContain('***');
  for (const secret of Object.values(ENVIRONMENT)) expect(shown).not.toContain(secret);
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const BASE = 'providers: { p: { baseUrl: "http://h/v1" } }\n';
const CHAIN = `${BASE}chains: { c: { entries: [p/m] } }\n`;

/** A wrong file, and what must be said of it: path, problem, nearest. */
test.each([
  ['', '(file): the file is empty'],
  ['a: [', 'line 1, column'],
  ['chains: {}\nchains: {}', 'Map keys must be unique'],
  ['[]', '(file): must be names with values, not a list'],
  [BASE, 'chains: is missing'],
  [`${CHAIN}server:`, 'server: is empty'],
  [`${BASE}chains: {}`, 'chains: at least one chain is needed'],
  [`${BASE}chains: { c: { entries: [] } }`, 'chains.c.entries: a chain needs at least one entry'],
  [`${BASE}chains: { c: { enries: [p/m] } }`, "chains.c.enries: unknown key 'enries'; did you mean 'entries'?"],
  [`${CHAIN}sever: {}`, "sever: unknown key 'sever'; did you mean 'server'?"],
  [`${BASE}chains: { c: { entries: [q/m] } }`, "chains.c.entries[0]: unknown provider 'q'"],
  [
    'providers: { groq: { preset: grok, apiKey: k } }\nchains: { c: { entries: [grop/m] } }',
    "providers.groq.preset: unknown preset 'grok'; did you mean 'groq'?",
  ],
  [
    'providers: { groq: { preset: groq, apiKey: k } }\nchains: { c: { entries: [grop/m] } }',
    "unknown provider 'grop'; did you mean 'groq'?",
  ],
  [
    `${BASE}chains: { c: { entries: [p/m, { provider: p, model: m }] } }`,
    "chains.c.entries[1]: 'p/m' stands in this chain already",
  ],
  [`${BASE}chains: { c: { entries: [model] } }`, "chains.c.entries[0]: 'model' is no entry; write provider/model"],
  [
    `${BASE}chains: { c: { entries: [{ provider: p, model: m, timeouts: { firstTokn: 1s } }] } }`,
    "entries[0].timeouts.firstTokn: unknown key 'firstTokn'; did you mean 'firstToken'?",
  ],
  [`${CHAIN}aliases: { a: d }`, "aliases.a: leads to 'd', which is no chain, alias or provider/model"],
  [`${CHAIN}aliases: { a: b, b: a }`, 'aliases.a: leads back to itself'],
  [`${CHAIN}aliases: { c: c }`, "aliases.c: a chain is named 'c' too"],
  [`${CHAIN}defaults: { chain: d }`, "defaults.chain: unknown chain 'd'; did you mean 'c'?"],
  [`${CHAIN}defaults: { timeouts: { idle: 0 } }`, 'defaults.timeouts.idle: 0 is no duration; it must be above zero'],
  [`${CHAIN}defaults: { timeouts: { idle: -5s } }`, 'must be above zero'],
  [`${CHAIN}defaults: { timeouts: { idle: 5 parsecs } }`, 'is no duration; write milliseconds or 250ms, 5s, 10m, 1h'],
  [`${CHAIN}defaults: { timeouts: { idle: 700h } }`, 'is too long'],
  [`${CHAIN}defaults: { timeouts: { idle: .nan } }`, 'defaults.timeouts.idle'],
  [`${CHAIN}server: { port: 99999 }`, 'server.port'],
  [`${CHAIN}server: { bodyLimit: huge }`, 'is no size; write bytes or 512kb, 20mb'],
  [`${CHAIN}server: { host: 0.0.0.0 }`, "server.host: '0.0.0.0' is open to others, which needs auth.keys"],
  [`${CHAIN}auth: { keys: [{ name: a, key: "" }] }`, 'auth.keys[0].key: must not be empty'],
  [`${CHAIN}auth: { keys: [{ name: a, key: k }, { name: a, key: k }] }`, "auth.keys[1].name: 'a' names a key already"],
  [`${CHAIN}auth: { keys: [{ name: a, key: k, chains: [d] }] }`, "auth.keys[0].chains[0]: unknown chain 'd'"],
  [`providers: { p: {} }\nchains: { c: { entries: [p/m] } }`, 'providers.p: needs a preset or a baseUrl'],
  [
    'providers: { p: { baseUrl: "ftp://h" } }\nchains: { c: { entries: [p/m] } }',
    'providers.p.baseUrl: must be an http or https URL',
  ],
  ['providers: { p: { baseUrl: "http://u:w@h" } }\nchains: { c: { entries: [p/m] } }', 'must hold no user or password'],
  [
    'providers: { p: { preset: groq, apiKey: "${GROQ_KEE}" } }\nchains: { c: { entries: [p/m] } }',
    "providers.p.apiKey: the environment variable GROQ_KEE is not set; did you mean 'GROQ_KEY'?",
  ],
  ['a: &x { b: *x }', 'line 1, column 12: an alias (*name) leads back to itself'],
  ['a: *gsk-provider-key-5678', 'line 1, column 4: an alias (*name) leads to no anchor'],
  ['a: !gsk-provider-key-5678 b', 'line 1, column 4: unknown tag'],
  [`${CHAIN}---\n${CHAIN}`, 'line 3, column 1: a second document begins'],
  [
    `a: &a [x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]`,
    '(file): its aliases (*name) expand to too much',
  ],
  [`${CHAIN}aliases: { __proto__: c }`, "aliases.__proto__: '__proto__' cannot be used as a name"],
  [`${CHAIN}aliases: { a: p/* }`, "aliases.a: leads to 'p/*', which is no chain"],
  [`${BASE}chains: { p/m: { entries: [p/m] } }`, "chains.p/m: 'p/m' names a provider's model too"],
  [
    `${BASE}chains: { c: { entries: [{ provider: pp, model: m }] } }`,
    "chains.c.entries[0].provider: unknown provider 'pp'",
  ],
  [`${BASE}chains: { c: { entries: ["\${GROQ_KEY}"] } }`, "chains.c.entries[0]: '${GROQ_KEY}' is no entry"],
  [`${CHAIN}defaults: { timeouts: { idle: "\${GROQ_KEY}" } }`, 'defaults.timeouts.idle: "${GROQ_KEY}" is no duration'],
  [`${CHAIN}gsk-provider-key-5678: 1`, "***: unknown key '***'"],
  ['providers: { p: { baseUrl: "http://h/v1?k=v" } }\nchains: { c: { entries: [p/m] } }', 'must have no query'],
  [
    `${CHAIN}server: { cors: { origins: ["*"] } }`,
    'server.cors.origins[0]: must be an origin like https://app.example',
  ],
  [`${CHAIN}server: { cors: { origins: ["http://a.test/x"] } }`, 'server.cors.origins[0]: must be an origin'],
  [`${CHAIN}auth: { keys: [{ name: a, key: "sha256:abc" }] }`, 'auth.keys[0].key: must be sha256: and 64 hexadecimal'],
  [`${CHAIN}auth: { keys: [{ name: a, key: "k\\n" }] }`, 'auth.keys[0].key: must be visible ASCII'],
  [
    `${CHAIN}auth: { keys: [{ name: a, key: k }, { name: b, key: "sha256:${sha256('k')}" }] }`,
    'auth.keys[1].key: stands here already',
  ],
  [`${CHAIN}server: { host: 0.0.0.0 }\nauth: { keys: [] }`, "server.host: '0.0.0.0' is open to others"],
  [`${CHAIN}defaults: { unknownModel: default }`, 'defaults.unknownModel: needs defaults.chain'],
  [
    'providers: { p: { preset: groq, apiKey: a, apiKeys: [a] } }\nchains: { c: { entries: [p/m] } }',
    'providers.p.apiKeys: stands beside apiKey; write one of them',
  ],
  [
    'providers: { p: { preset: groq, apiKeys: [a, b, a] } }\nchains: { c: { entries: [p/m] } }',
    'providers.p.apiKeys[2]: stands here already',
  ],
  [
    'providers: { p: { preset: groq, apiKeys: [a], limits: { requestsPerMinute: 0 } } }\nchains: { c: { entries: [p/m] } }',
    'providers.p.limits.requestsPerMinute',
  ],
  [
    'providers: { p: { preset: groq, apiKeys: [a], models: { m: { contextToken: 1 } } } }\nchains: { c: { entries: [p/m] } }',
    'contextTokens',
  ],
  [`${CHAIN}store: { url: "postgres://u:secret@h/d" }`, 'store.url: PostgreSQL is not available in this version'],
  [`${CHAIN}store: { url: ./spillway.db }`, 'store.url: is no store that is known; write sqlite:PATH'],
  [`${CHAIN}store: { url: "sqlite:" }`, 'store.url: needs the path of a file'],
  [`${CHAIN}store: { url: memory }`, 'store.url: write sqlite:PATH'],
  [`${CHAIN}store: { url: "sqlite::memory:" }`, 'store.url: write memory:'],
  [`${CHAIN}store: { url: "sqlite://spillway.db" }`, 'store.url: has no host'],
  [`${CHAIN}store: { url: "sqlite:a.db?mode=ro" }`, 'store.url: takes a path and nothing behind it'],
  [`${CHAIN}store: {}`, 'store.url: '],
  [`${CHAIN}store: { path: a.db, url: "memory:" }`, "store.path: unknown key 'path'"],
  [`${CHAIN}state: { redis: "redis://h" }`, "state: 'state' is not available in this version"],
])('the wrong file %j says so', (text, expected) => {
  const result = parseConfigText(text, ENVIRONMENT);
  const said = result.ok ? '' : formatProblems('spillway.yaml', result.problems);
  expect(said).toContain(expected);
  for (const secret of Object.values(ENVIRONMENT)) expect(said).not.toContain(secret);
});

test('a problem of the shape hides no name that leads nowhere, and what follows from a problem is not told twice', () => {
  const result = parseConfigText(
    'providers: { p: { baseUrl: "${NOPE}", foo: 1 } }\nchains: { c: { entries: [p/m, model, q/m] } }\naliases: { a: zzz, b: c }',
    {},
  );
  expect(result.ok ? [] : result.problems.map(({ path }) => path).toSorted()).toEqual([
    'aliases.a',
    'chains.c.entries[1]',
    'chains.c.entries[2]',
    'providers.p.baseUrl',
    'providers.p.foo',
  ]);
});

test('names are not judged while what they may mean cannot be read', () => {
  const result = parseConfigText('providers: 5\nchains: { c: { entries: [p/m] } }\naliases: { a: zzz }', {});
  expect(result.ok ? [] : result.problems.map(({ path }) => path)).toEqual(['providers']);
});

test('an object that refers to itself is a problem', () => {
  const circle: { aliases?: unknown } = {};
  circle.aliases = circle;
  const result = parseConfig(circle, {});
  expect(result.ok ? [] : result.problems).toContainEqual({ path: 'aliases', message: 'refers to itself' });
});

test('an alias may lead to any model of an open provider', () => {
  const snapshot = toSnapshot(good(GOOD.replace('fast: default', 'fast: local/other')));
  expect(resolveChain(snapshot, INTERNAL, 'gpt-4o').name).toBe('local/other');
});

test('addresses and origins are put into the one form that is compared', () => {
  const config = good(
    'providers: { p: { baseUrl: "HTTPS://API.Test:443/v1//" } }\nchains: { c: { entries: [p/m] } }\n' +
      'server: { cors: { origins: ["https://App.test:443/", "tauri://localhost"] } }',
  );
  expect(config.providers['p']?.baseUrl).toBe('https://api.test/v1');
  expect(config.server?.cors?.origins).toEqual(['https://app.test', 'tauri://localhost']);
});

test.each(['memory:', 'sqlite:./spillway.db', 'sqlite:/var/lib/spillway.db', 'sqlite:///var/lib/spillway.db'])(
  'the store may stand at %s',
  (url) => expect(good(`${GOOD}store: { url: "${url}" }`).store).toEqual({ url }),
);

test('problems stay on one line each, whatever a name holds', () => {
  const said = formatProblems('f', [{ path: 'chains.a\nb', message: 'is \u001b[31mred' }]);
  expect(said).toBe('f: 1 problem\n  chains.a\\nb: is \\u001b[31mred');
});

test('all problems are told at once', () => {
  const result = parseConfigText(
    'providers: { p: {} }\nchains: { c: { entries: [q/m, q/m] } }\naliases: { a: zzz }',
    {},
  );
  expect(result.ok ? [] : result.problems).toHaveLength(5);
});

test('a file is found by flag, variable, then name, and a missing one is a problem', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'spillway-'));
  expect(findConfigFile(undefined, {}, directory)).toBeUndefined();
  writeFileSync(join(directory, 'spillway.json'), '{}');
  writeFileSync(join(directory, 'spillway.yml'), GOOD);
  expect(findConfigFile(undefined, {}, directory)).toBe(join(directory, 'spillway.yml'));
  expect(findConfigFile(undefined, { SPILLWAY_CONFIG: 'v' }, directory)).toBe('v');
  expect(findConfigFile('f', { SPILLWAY_CONFIG: 'v' }, directory)).toBe('f');
  expect((await loadConfigFile(join(directory, 'spillway.yml'), ENVIRONMENT)).ok).toBe(true);
  expect(await loadConfigFile(join(directory, 'none.yaml'), {})).toEqual({
    ok: false,
    problems: [{ path: '', message: 'no such file' }],
  });
});

test('a problem keeps the word by which a server wants no key', () => {
  const conceal = createConceal({ providers: { a: { apiKey: 'none' }, b: { apiKey: 'abc12' } } }, new Map());
  expect(conceal({ path: 'chains', message: "none of them is 'abc12'" }).message).toBe("none of them is '***'");
});
