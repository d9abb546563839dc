import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createProblemRedactor } from '../../src/config/redact-problems.ts';
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

test('a valid file becomes a frozen snapshot with every default and override', () => {
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

test('a hedge has every default, and what is given replaces it', () => {
  const hedgeOf = (hedge: string) => {
    const text = GOOD.replace('deadline: 10m', `deadline: 10m\n    hedge: ${hedge}`);
    return resolveChain(toSnapshot(good(text)), INTERNAL, 'default').hedge;
  };
  const defaults = { after: 'p95', min: 200, max: 10_000, budget: 0.05, maxInputTokens: 8000, maxCost: 0.01 };
  expect(hedgeOf('{}')).toEqual(defaults);
  expect(hedgeOf('{ after: 800ms, budget: 1, maxCost: 0 }')).toEqual({
    ...defaults,
    after: 800,
    budget: 1,
    maxCost: 0,
  });
  expect(resolveChain(toSnapshot(good()), INTERNAL, 'default').hedge).toBeUndefined();
});

test('a model is a chain, an alias, a configured provider/model, or any model of a provider that opens all of them', () => {
  const snapshot = toSnapshot(good());
  expect(listModels(snapshot, INTERNAL)).toEqual(['default', 'gpt-4o', 'fast', 'groq/llama/3.3', 'local/qwen3']);
  expect(resolveChain(snapshot, INTERNAL, undefined).name).toBe('default');
  expect(resolveChain(snapshot, INTERNAL, 'local/any/model').entries[0]?.targets[0].model).toBe('any/model');
  expect(() => resolveChain(snapshot, INTERNAL, 'groq/other')).toThrow(/does not exist or you may not use it/);
  const restricted = { ...INTERNAL, chains: ['gpt-4o'] };
  expect(listModels(snapshot, restricted)).toEqual(['gpt-4o']);
  expect(() => resolveChain(snapshot, restricted, 'local/qwen3')).toThrow(
    expect.objectContaining({ details: expect.objectContaining({ models: ['gpt-4o'] }) }),
  );
});

test('without a default chain a missing model is an error; an unknown model can resolve to the default chain', () => {
  const none = toSnapshot(good(GOOD.replace('chain: default, ', '')));
  expect(() => resolveChain(none, INTERNAL, undefined)).toThrow(/no default chain/);
  const lenient = toSnapshot(good(GOOD.replace('chain: default, ', 'chain: default, unknownModel: default, ')));
  expect(resolveChain(lenient, INTERNAL, 'whatever').name).toBe('default');
});

test('a configuration prints no secret', () => {
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

/** An invalid file and its problem: path, message, nearest word. */
test.each([
  ['', '(file): the file is empty'],
  ['a: [', 'line 1, column'],
  ['chains: {}\nchains: {}', 'Map keys must be unique'],
  ['[]', '(file): must be a mapping, not a list'],
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
    "chains.c.entries[1]: duplicate entry 'p/m'; remove it",
  ],
  [`${BASE}chains: { c: { entries: [model] } }`, "chains.c.entries[0]: 'model' is not an entry; write provider/model"],
  [
    `${BASE}chains: { c: { entries: [{ provider: p, model: m, timeouts: { firstTokn: 1s } }] } }`,
    "entries[0].timeouts.firstTokn: unknown key 'firstTokn'; did you mean 'firstToken'?",
  ],
  [`${BASE}chains: { c: { entries: [p/m], hedge: { aftr: 1s } } }`, "unknown key 'aftr'; did you mean 'after'?"],
  [`${BASE}chains: { c: { entries: [p/m], hedge: { after: p99 } } }`, 'hedge.after: must be p95, or a duration'],
  [`${BASE}chains: { c: { entries: [p/m], hedge: { budget: 0 } } }`, 'chains.c.hedge.budget: '],
  [`${BASE}chains: { c: { entries: [p/m], hedge: { min: 20s } } }`, 'hedge.min: is longer than max, which is 10000 ms'],
  [`${CHAIN}aliases: { a: d }`, "aliases.a: 'd' is not a chain, an alias or provider/model"],
  [`${CHAIN}aliases: { a: b, b: a }`, 'aliases.a: circular alias; point it to a chain or provider/model'],
  [`${CHAIN}aliases: { c: c }`, "aliases.c: 'c' is also the name of a chain; rename the alias"],
  [`${CHAIN}defaults: { chain: d }`, "defaults.chain: unknown chain 'd'; did you mean 'c'?"],
  [
    `${CHAIN}defaults: { timeouts: { idle: 0 } }`,
    'defaults.timeouts.idle: 0 is too short; a duration must be above zero',
  ],
  [`${CHAIN}defaults: { timeouts: { idle: -5s } }`, 'must be above zero'],
  [
    `${CHAIN}defaults: { timeouts: { idle: 5 parsecs } }`,
    'is not a duration; write milliseconds or 250ms, 5s, 10m, 1h',
  ],
  [`${CHAIN}defaults: { timeouts: { idle: 700h } }`, 'is too long'],
  [`${CHAIN}defaults: { timeouts: { idle: .nan } }`, 'defaults.timeouts.idle'],
  [`${CHAIN}server: { port: 99999 }`, 'server.port'],
  [`${CHAIN}server: { bodyLimit: huge }`, 'is not a size; write bytes or 512kb, 20mb'],
  [
    `${CHAIN}server: { host: 0.0.0.0 }`,
    "server.host: '0.0.0.0' is reachable from other machines; configure auth.keys or listen on 127.0.0.1",
  ],
  [`${CHAIN}auth: { keys: [{ name: a, key: "" }] }`, 'auth.keys[0].key: must not be empty'],
  [
    `${CHAIN}auth: { keys: [{ name: a, key: k }, { name: a, key: k }] }`,
    "auth.keys[1].name: duplicate name 'a'; choose another one",
  ],
  [`${CHAIN}auth: { keys: [{ name: a, key: k, chains: [d] }] }`, "auth.keys[0].chains[0]: unknown chain 'd'"],
  [`providers: { p: {} }\nchains: { c: { entries: [p/m] } }`, 'providers.p: needs a preset or a baseUrl'],
  [
    'providers: { p: { baseUrl: "ftp://h" } }\nchains: { c: { entries: [p/m] } }',
    'providers.p.baseUrl: must be an http or https URL',
  ],
  [
    'providers: { p: { baseUrl: "http://u:w@h" } }\nchains: { c: { entries: [p/m] } }',
    'must not contain a user or password',
  ],
  [
    'providers: { p: { preset: groq, apiKey: "${GROQ_KEE}" } }\nchains: { c: { entries: [p/m] } }',
    "providers.p.apiKey: environment variable GROQ_KEE is not set; did you mean 'GROQ_KEY'?",
  ],
  ['a: &x { b: *x }', 'line 1, column 12: YAML alias (*name) refers to its own ancestor'],
  ['a: *gsk-provider-key-5678', 'line 1, column 4: YAML alias (*name) without an anchor'],
  ['a: !gsk-provider-key-5678 b', 'line 1, column 4: unknown tag'],
  [`${CHAIN}---\n${CHAIN}`, 'line 3, column 1: a second YAML document begins here'],
  [
    `a: &a [x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]`,
    '(file): YAML aliases (*name) expand to too many nodes',
  ],
  [`${CHAIN}aliases: { __proto__: c }`, "aliases.__proto__: '__proto__' cannot be used as a name"],
  [`${CHAIN}aliases: { a: p/* }`, "aliases.a: 'p/*' is not a chain"],
  [`${BASE}chains: { p/m: { entries: [p/m] } }`, "chains.p/m: 'p/m' is also a provider/model; rename the chain"],
  [
    `${BASE}chains: { c: { entries: [{ provider: pp, model: m }] } }`,
    "chains.c.entries[0].provider: unknown provider 'pp'",
  ],
  [`${BASE}chains: { c: { entries: ["\${GROQ_KEY}"] } }`, "chains.c.entries[0]: '${GROQ_KEY}' is not an entry"],
  [
    `${CHAIN}defaults: { timeouts: { idle: "\${GROQ_KEY}" } }`,
    'defaults.timeouts.idle: "${GROQ_KEY}" is not a duration',
  ],
  [`${CHAIN}gsk-provider-key-5678: 1`, "***: unknown key '***'"],
  ['providers: { p: { baseUrl: "http://h/v1?k=v" } }\nchains: { c: { entries: [p/m] } }', 'must not contain a query'],
  [
    `${CHAIN}server: { cors: { origins: ["*"] } }`,
    'server.cors.origins[0]: must be an origin like https://app.example',
  ],
  [`${CHAIN}server: { cors: { origins: ["http://a.test/x"] } }`, 'server.cors.origins[0]: must be an origin'],
  [
    `${CHAIN}auth: { keys: [{ name: a, key: "sha256:abc" }] }`,
    'auth.keys[0].key: must be a plain key, or sha256: and 64 hexadecimal digits',
  ],
  [`${CHAIN}auth: { keys: [{ name: a, key: "k\\n" }] }`, 'auth.keys[0].key: must be printable ASCII'],
  [
    `${CHAIN}auth: { keys: [{ name: a, key: k }, { name: b, key: "sha256:${sha256('k')}" }] }`,
    'auth.keys[1].key: duplicate key; choose another one',
  ],
  [`${CHAIN}server: { host: 0.0.0.0 }\nauth: { keys: [] }`, "server.host: '0.0.0.0' is reachable from other machines"],
  [`${CHAIN}server: { host: 0.0.0.0 }\nauth: none`, "server.host: '0.0.0.0' is reachable from other machines"],
  [
    `${CHAIN}auth: { keys: [] }`,
    'auth.keys: is empty; add a key or a store that holds keys, or write auth: none for a gateway without keys',
  ],
  [
    `${CHAIN}auth: {}`,
    'auth.keys: is empty; add a key or a store that holds keys, or write auth: none for a gateway without keys',
  ],
  [`${CHAIN}auth:`, 'auth: is empty'],
  [`${CHAIN}auth: None`, 'auth: write { keys: [...] }, or none for a gateway without keys'],
  [`${CHAIN}auth: { keys: none }`, 'auth.keys: must be a list, not a string'],
  [`${CHAIN}auth: { keys: [{ name: a, key: "\${NOPE}" }] }`, 'auth.keys[0].key: environment variable NOPE is not set'],
  [`${CHAIN}defaults: { unknownModel: default }`, "defaults.unknownModel: 'default' needs defaults.chain"],
  [
    'providers: { p: { preset: groq, apiKey: a, apiKeys: [a] } }\nchains: { c: { entries: [p/m] } }',
    'providers.p.apiKeys: cannot be combined with apiKey; remove one of them',
  ],
  [
    'providers: { p: { preset: groq, apiKeys: [a, b, a] } }\nchains: { c: { entries: [p/m] } }',
    'providers.p.apiKeys[2]: duplicate key; remove it',
  ],
  [
    'providers: { p: { preset: groq, apiKeys: [a], limits: { requestsPerMinute: 0 } } }\nchains: { c: { entries: [p/m] } }',
    'providers.p.limits.requestsPerMinute',
  ],
  [
    'providers: { p: { preset: groq, apiKeys: [a], models: { m: { contextToken: 1 } } } }\nchains: { c: { entries: [p/m] } }',
    'contextTokens',
  ],
  [`${CHAIN}store: { url: "postgres:h/d" }`, 'store.url: write postgres://HOST:PORT/DATABASE'],
  [`${CHAIN}store: { url: "postgres://u:p@h" }`, 'store.url: needs a database'],
  [`${CHAIN}store: { url: "postgres://u:p@/d" }`, 'store.url: is not a valid URL'],
  [`${CHAIN}store: { url: "postgresql:///d" }`, 'store.url: needs a host'],
  [`${CHAIN}store: { url: "postgres://u:p/w@h/d" }`, 'store.url: is not a valid URL'],
  [`${CHAIN}store: { url: "postgres://u:p#w@h/d" }`, 'store.url: is not a valid URL'],
  [`${CHAIN}store: { url: "postgres://u:p@h/d#x" }`, "store.url: must not contain '#'"],
  [`${CHAIN}store: { url: "postgres://u:p@h/d?sslmode=prefer" }`, 'store.url: sslmode must be one of disable, require'],
  [`${CHAIN}store: { url: "postgres://u:p@h/d?sslmode=verify-ca" }`, 'store.url: sslmode=verify-ca needs sslrootcert'],
  [`${CHAIN}store: { url: "memory:", migrate: maybe }`, 'store.migrate: '],
  [`${CHAIN}store: { url: ./spillway.db }`, 'store.url: is not a supported store URL; write sqlite:PATH'],
  [`${CHAIN}store: { url: "sqlite:" }`, 'store.url: needs a file path'],
  [`${CHAIN}store: { url: memory }`, 'store.url: write sqlite:PATH'],
  [`${CHAIN}store: { url: "sqlite::memory:" }`, "store.url: ':memory:' is not a file; write memory:"],
  [`${CHAIN}store: { url: "sqlite://spillway.db" }`, 'store.url: must not contain a host'],
  [`${CHAIN}store: { url: "sqlite:a.db?mode=ro" }`, 'store.url: must be only a path after sqlite:'],
  [`${CHAIN}store: {}`, 'store.url: '],
  [`${CHAIN}store: { path: a.db, url: "memory:" }`, "store.path: unknown key 'path'"],
  [`${CHAIN}state: {}`, 'state.redis: is missing'],
  [`${CHAIN}state: { redis: "h:6379" }`, 'state.redis: is not the URL of a Redis server; write redis://HOST:PORT'],
  [`${CHAIN}state: { redis: "redis://:p/w@h" }`, 'state.redis: is not a valid URL'],
  [`${CHAIN}state: { redis: "redis://" }`, 'state.redis: needs a host'],
  [`${CHAIN}state: { redis: "redis://h/cache" }`, 'state.redis: may have only the number of a database as its path'],
  [`${CHAIN}state: { redis: "redis://h?tls=1" }`, 'state.redis: must not contain a query or fragment'],
  [`${CHAIN}state: { redis: [] }`, 'state.redis: needs at least one node'],
  [`${CHAIN}state: { redis: ["redis://h", "h"] }`, 'state.redis[1]: is not the URL of a Redis server'],
  [`${CHAIN}state: { redis: ["redis://h/1"] }`, 'state.redis[0]: must name no database'],
  [`${CHAIN}state: { redis: { sentinel: { name: m, hosts: [] } } }`, 'state.redis.sentinel.hosts: needs at least one'],
  [`${CHAIN}state: { redis: { sentinel: { hosts: ["h"] } } }`, 'state.redis.sentinel.name: is missing'],
  [`${CHAIN}state: { redis: 6379 }`, 'state.redis: write redis://HOST:PORT, a list of them for a Cluster, or'],
  [`${CHAIN}state: { redis: "redis://h", timeout: 4ms }`, 'state.timeout: must be from 5ms to 1s'],
  [`${CHAIN}state: { redis: "redis://h", lease: 6m }`, 'state.lease: must be from 2s to 5m'],
  [`${CHAIN}state: { redis: "redis://h", replicas: 1001 }`, 'state.replicas: must be at most 1000'],
  [`${CHAIN}state: { redis: "redis://h", prefix: "{sw}" }`, 'state.prefix: must be 1 to 64 letters'],
])('the invalid file %j has the problem %j', (text, expected) => {
  const result = parseConfigText(text, ENVIRONMENT);
  const shown = result.ok ? '' : formatProblems('spillway.yaml', result.problems);
  expect(shown).toContain(expected);
  for (const secret of Object.values(ENVIRONMENT)) expect(shown).not.toContain(secret);
});

test.each([
  'postgres://u:correct-horse@h:5433/d?sslmode=verify-full',
  'postgresql://u:correct%2Dhorse@h/d',
  'postgres:///d?host=/run/postgresql&user=u&password=correct%2Dhorse',
  'postgres:///d?host=/run/postgresql&password=correct-horse',
])('the store %j is taken, its scheme is the short one, and its password is redacted', (url) => {
  const result = parseConfigText(`${CHAIN}store: { url: "${url}", migrate: false }`, ENVIRONMENT);
  if (!result.ok) throw new Error(formatProblems('spillway.yaml', result.problems));
  expect(result.config.store).toEqual({ url: url.replace('postgresql:', 'postgres:'), migrate: false });
  const { redact } = toSnapshot(result.config);
  expect(redact(`it is ${url}, with correct-horse`)).not.toMatch(/correct(-|%2D)horse/);
});

test('a problem of a store quotes no password', () => {
  const result = parseConfigText(`${CHAIN}store: { url: "postgres://u:correct-horse@h:port/d" }`, ENVIRONMENT);
  const shown = result.ok ? '' : formatProblems('spillway.yaml', result.problems);
  expect(shown).toContain('store.url: is not a valid URL');
  expect(shown).not.toContain('correct-horse');
});

test('an issue of the schema hides no unknown name, and a problem that follows from another one is not reported', () => {
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

test('names are not checked while the section that they refer to cannot be parsed', () => {
  const result = parseConfigText('providers: 5\nchains: { c: { entries: [p/m] } }\naliases: { a: zzz }', {});
  expect(result.ok ? [] : result.problems.map(({ path }) => path)).toEqual(['providers']);
});

test('an object that refers to itself is a problem', () => {
  const circular: { aliases?: unknown } = {};
  circular.aliases = circular;
  const result = parseConfig(circular, {});
  expect(result.ok ? [] : result.problems).toContainEqual({ path: 'aliases', message: 'refers to itself' });
});

test('an alias may name any model of a provider that opens all of them', () => {
  const snapshot = toSnapshot(good(GOOD.replace('fast: default', 'fast: local/other')));
  expect(resolveChain(snapshot, INTERNAL, 'gpt-4o').name).toBe('local/other');
});

test('auth: none, and no section auth, are a gateway without keys', () => {
  const [none, absent] = ['\nauth: none', ''].map((auth) => toSnapshot(good(CHAIN + auth)));
  expect([none?.auth.keyless, absent?.auth.keyless]).toEqual([true, true]);
  expect([good(`${CHAIN}auth: none`).auth, 'auth' in good(CHAIN)]).toEqual([undefined, false]);
});

const DIGEST = `sha256:${sha256('k')}`;

describe('a gateway key on a host that other machines can reach', () => {
  test.each([
    ['0.0.0.0', 'k'.repeat(19)],
    ['::', 'k'],
    ['gateway.example', 'k'.repeat(19)],
  ])('%s is refused when it is %s, with its path and what to do', (host, key) => {
    const keys = `{ name: long, key: ${'l'.repeat(20)} }, { name: short, key: ${key} }`;
    const result = parseConfigText(`${CHAIN}server: { host: "${host}" }\nauth: { keys: [${keys}] }`, {});
    expect(result.ok ? [] : result.problems).toEqual([
      {
        path: 'auth.keys[1].key',
        message: `has fewer than 20 characters, and '${host}' is reachable from other machines; use a random one, as \`openssl rand -hex 32\` prints`,
      },
    ]);
  });

  test.each([
    ['0.0.0.0', 'k'.repeat(20)],
    ['0.0.0.0', DIGEST],
    ['127.0.0.1', 'k'],
    ['"::1"', 'k'],
    ['localhost', 'k'],
  ])('%s is accepted when it is %s', (host, key) => {
    good(`${CHAIN}server: { host: ${host} }\nauth: { keys: [{ name: a, key: "${key}" }] }`);
  });
});

test('base URLs and origins are normalised', () => {
  const config = good(
    'providers: { p: { baseUrl: "HTTPS://API.Test:443/v1//" } }\nchains: { c: { entries: [p/m] } }\n' +
      'server: { cors: { origins: ["https://App.test:443/", "tauri://localhost"] } }',
  );
  expect(config.providers['p']?.baseUrl).toBe('https://api.test/v1');
  expect(config.server?.cors?.origins).toEqual(['https://app.test', 'tauri://localhost']);
});

test.each(['memory:', 'sqlite:./spillway.db', 'sqlite:/var/lib/spillway.db', 'sqlite:///var/lib/spillway.db'])(
  'the store may be %s',
  (url) => expect(good(`${GOOD}store: { url: "${url}" }`).store).toEqual({ url }),
);

test('a problem is one line, whatever a name contains', () => {
  const shown = formatProblems('f', [{ path: 'chains.a\nb', message: 'is \u001b[31mred' }]);
  expect(shown).toBe('f: 1 problem\n  chains.a\\nb: is \\u001b[31mred');
});

test('all problems are reported at once', () => {
  const result = parseConfigText(
    'providers: { p: {} }\nchains: { c: { entries: [q/m, q/m] } }\naliases: { a: zzz }',
    {},
  );
  expect(result.ok ? [] : result.problems).toHaveLength(5);
});

test('a file is found by flag, then variable, then name, and a missing one is a problem', async () => {
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

test('the secret of a webhook is not quoted where it was also written into a wrong place', () => {
  const text = `providers: { p: { preset: groq, apiKey: a } }
chains: { c: { entries: [p/m] } }
budgets: { webhook: { url: "https://ops.example", secret: correct-horse } }
defaults: { chain: correct-horse }`;
  const result = parseConfigText(text, {});
  expect(JSON.stringify(result)).toMatch(/defaults\.chain.*unknown chain '\*\*\*'/);
});

test('the keyword of a server without a key is not redacted', () => {
  const redact = createProblemRedactor({ providers: { a: { apiKey: 'none' }, b: { apiKey: 'abc12' } } }, new Map());
  expect(redact({ path: 'chains', message: "none of them is 'abc12'" }).message).toBe("none of them is '***'");
});
