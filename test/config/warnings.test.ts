import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { configWarnings } from '../../src/config/warnings.ts';

function warningsOf(provider: object, environment: Readonly<Record<string, string>> = {}): string[] {
  const result = parseConfig({ providers: { p: provider }, chains: { c: { entries: ['p/m'] } } }, environment);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return configWarnings(result.config).map(({ path, message }) => `${path}: ${message}`);
}

test.each([
  ['/v1/chat/completions', '/chat/completions'],
  ['/v1/chat/completions/', '/chat/completions'],
  ['/v1/Chat/Completions', '/Chat/Completions'],
  ['/v1/completions', '/completions'],
  ['/v1/embeddings', '/embeddings'],
  ['/v1/responses', '/responses'],
  ['/v1/messages', '/messages'],
  ['/embeddings', '/embeddings'],
])('a base URL with the path %s has a warning that names what to remove', (path, end) => {
  expect(warningsOf({ baseUrl: `https://h.test${path}`, apiKey: 'none' })).toEqual([
    `providers.p.baseUrl: ends in ${end}, and the gateway appends the path itself; remove ${end}`,
  ]);
});

test.each([
  ['/v1/v1', '/v1/v1', '/v1'],
  ['/api/v1/v1/v1/x', '/v1/v1/v1', '/v1'],
  ['/v1beta/v1beta/openai', '/v1beta/v1beta', '/v1beta'],
])('a base URL with the path %s has a warning of the doubled version', (path, doubled, once) => {
  expect(warningsOf({ baseUrl: `https://h.test${path}`, apiKey: 'none' })).toEqual([
    `providers.p.baseUrl: contains ${doubled}; write ${once} once`,
  ]);
});

test('both mistakes are two warnings, also in a base URL from the environment', () => {
  const environment = { OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: 'https://h.test/v1/v1/chat/completions' };
  expect(warningsOf({ preset: 'openai' }, environment)).toHaveLength(2);
});

test.each([
  ['http://127.0.0.1:8000', 'openai'],
  ['http://localhost:8000/', undefined],
  ['http://[::1]:8000', 'openai-responses'],
  ['https://api.openai.com', undefined],
])('a base URL without a path has a warning where the API begins at /v1: %s', (baseUrl, dialect) => {
  expect(warningsOf({ baseUrl, apiKey: 'none', ...(dialect === undefined ? {} : { dialect }) })).toEqual([
    'providers.p.baseUrl: has no path, and servers of this dialect have their API below /v1; add /v1, unless this one differs',
  ]);
});

test('the base URL of Anthropic has a warning with the dialect of another API', () => {
  expect(warningsOf({ baseUrl: 'https://api.anthropic.com', apiKey: 'none' })).toEqual([
    "providers.p.baseUrl: is Anthropic's API, which has another dialect; set dialect: anthropic",
  ]);
});

test.each([
  { dialect: 'anthropic', baseUrl: 'https://api.anthropic.com' },
  // The path of an operation begins with the version, which is not doubled.
  { dialect: 'anthropic', baseUrl: 'https://api.anthropic.com/v1' },
  { dialect: 'anthropic', baseUrl: 'http://127.0.0.1:8000' },
  { preset: 'anthropic', baseUrl: 'http://127.0.0.1:8000' },
  { baseUrl: 'https://api.anthropic.com/v1' },
])('%j has no warning', (provider) => {
  expect(warningsOf({ ...provider, apiKey: 'none' })).toEqual([]);
});

test.each([
  'https://h.test',
  'https://h.test/v1',
  'https://h.test/v1/v2',
  'https://h.test/v1beta/openai',
  'https://h.test/completions/v1',
  'https://h.test/my-embeddings',
  'https://embeddings.test/openai/deployments/messages-2',
])('%s has no warning', (baseUrl) => {
  expect(warningsOf({ baseUrl, apiKey: 'none' })).toEqual([]);
});

test('a key of fewer than 20 characters has a warning at its own path, which does not repeat it; a digest has none', () => {
  const digest = createHash('sha256').update('k').digest('hex');
  const keys = ['long-enough-for-a-key', 's'.repeat(19), `sha256:${digest}`, 's', 'l'.repeat(20)];
  const result = parseConfig(
    {
      auth: { keys: keys.map((key, index) => ({ name: `key-${index}`, key })) },
      providers: { p: { baseUrl: 'https://h.test', apiKey: 'none' } },
      chains: { c: { entries: ['p/m'] } },
    },
    {},
  );
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const message =
    'has fewer than 20 characters, so that it can be guessed; use a random one, as `openssl rand -hex 32` prints';
  expect(configWarnings(result.config)).toEqual([
    { path: 'auth.keys[1].key', message },
    { path: 'auth.keys[3].key', message },
  ]);
});

describe('a chain that hedges', () => {
  const PROVIDERS = {
    a: { baseUrl: 'https://a.test/v1', apiKeys: ['key-of-a-1', 'key-of-a-2'] },
    b: { baseUrl: 'https://b.test/v1', apiKey: 'none' },
    c: { baseUrl: 'https://a.test/v1', apiKey: 'none' },
  };
  const warnings = (chain: object): unknown[] => {
    const result = parseConfig({ providers: PROVIDERS, chains: { default: chain } }, {});
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    return configWarnings(result.config);
  };

  test.each([
    ['one entry', ['a/m'], `'a'`],
    ['two models of one provider', ['a/m', 'a/n'], `'a'`],
    ['two providers with one base URL', ['a/m', 'c/m'], `'a' and 'c'`],
  ])('has a warning that names its provider: %s', (_, entries, names) => {
    const message = `has no effect, because all entries are served by ${names}; add an entry of another provider, or remove hedge`;
    expect(warnings({ entries, hedge: {} })).toEqual([{ path: 'chains.default.hedge', message }]);
    expect(warnings({ entries })).toEqual([]);
  });

  test('has none with a second provider', () => {
    expect(warnings({ entries: ['a/m', 'b/m'], hedge: {} })).toEqual([]);
  });
});

function placesOf(more: object): string[] {
  const providers = { p: { baseUrl: 'https://h.test/v1', apiKey: 'none' } };
  const result = parseConfig({ providers, chains: { c: { entries: ['p/m'] } }, ...more }, {});
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return configWarnings(result.config).map(({ path }) => path);
}

test('budgets without a store that outlives the process have a warning', () => {
  const budgets = [{ amount: 5, period: 'month' }];
  const auth = { keys: [{ name: 'ci', key: 'sk-a-long-key-of-the-file', budgets }] };
  expect(placesOf({ auth })).toEqual(['store']);
  expect(placesOf({ tenants: { acme: { budgets } }, store: { url: 'memory:' } })).toEqual(['store']);
  expect(placesOf({ auth, store: { url: 'sqlite:x.db' } })).toEqual([]);
  expect(placesOf({ tenants: { acme: {} } })).toEqual([]);
});

test.each([
  [undefined, ['is missing, so that auth.proxy authenticates no user; write the addresses of the proxy']],
  [['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'], []],
  [
    ['0.0.0.0/0', '10.0.0.0/7', '::/0'],
    ['0.0.0.0/0', '10.0.0.0/7', '::/0'].map(
      (network) =>
        `${network} is a large part of the internet, and any client there can name any user; write the addresses of the proxy`,
    ),
  ],
])('the addresses of a proxy that names users: %j', (from, expected) => {
  const roles = { admin: ['*@ops.example'] };
  const proxy = from === undefined ? { roles } : { from, roles };
  const auth = { keys: [{ name: 'me', key: 'long-enough-for-a-key' }], proxy };
  const providers = { p: { baseUrl: 'https://h.test/v1', apiKey: 'none' } };
  const result = parseConfig({ providers, chains: { c: { entries: ['p/m'] } }, auth }, {});
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const warnings = configWarnings(result.config).filter(({ path }) => path === 'auth.proxy.from');
  expect(warnings.map(({ message }) => message)).toEqual(expected);
});
