import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { endpointsOf } from '../../src/config/endpoint.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';

/** The problems of a provider's address; for a valid one, whether its endpoint may be private. */
function addressOf(provider: object, environment: Record<string, string> = {}): string | boolean {
  const value = { providers: { p: provider }, chains: { c: { entries: ['p/m'] } } };
  const result = parseConfig(value, environment);
  if (!result.ok) return result.problems.map(({ path, message }) => `${path}: ${message}`).join('\n');
  return toSnapshot(result.config).chains.get('c')?.entries[0]?.targets[0].endpoint.private ?? 'no endpoint';
}

/** Ways to write an address that is not public. */
const PRIVATE = [
  '0x7f.1 2130706433 017700000001 127.1 127.0.0.2 0.0.0.0 0 10.0.0.1 172.16.0.1',
  '192.168.1.5 100.64.0.1 224.0.0.1 255.255.255.255 %31%32%37.0.0.1 １２７.0.0.1 127。0。0。1',
  '127.0.0.1. localhost. LOCALHOST. a.localhost [::] [::ffff:127.0.0.1] [::ffff:7f00:1]',
  '[0:0:0:0:0:0:0:1] [::127.0.0.1] [::ffff:0:10.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::] [fc00::1]',
  '[fd00::1] [fec0::1] [ff02::1]',
].flatMap((line) => line.split(' '));
const NEVER = [
  '169.254.169.254 0xa9fea9fe 2852039166 0251.0376.0251.0376 169.254.1 [::ffff:169.254.169.254]',
  '[64:ff9b::a9fe:a9fe] [2002:a9fe:a9fe::1] [fe80::1] [fd00:ec2::254] 100.100.100.200 168.63.129.16',
].flatMap((line) => line.split(' '));

describe.each(PRIVATE)('the private address http://%s/v1', (host) => {
  const baseUrl = `http://${host}:8000/v1`;

  test('is a problem that names the setting which allows it', () => {
    expect(addressOf({ baseUrl })).toMatch(
      /^providers\.p\.baseUrl: '.*' is a private address; write private: true in this provider to allow it$/,
    );
    expect(addressOf({ baseUrl, private: true })).toBe(true);
    expect(addressOf({ baseUrl, private: false })).toContain('use a public one or remove private: false');
    expect(addressOf({ preset: 'vllm', baseUrl })).toBe(true);
  });

  test("is a problem in a provider's environment variable too", () => {
    expect(addressOf({ preset: 'openai', apiKey: 'k' }, { OPENAI_BASE_URL: baseUrl })).toContain('providers.p.baseUrl');
    expect(addressOf({ preset: 'openai', apiKey: 'k', private: true }, { OPENAI_BASE_URL: baseUrl })).toBe(true);
  });
});

test.each(NEVER)('http://%s/v1 is never connected to, whatever the file contains', (host) => {
  const baseUrl = `http://${host}/v1`;
  for (const more of [{}, { private: true }, { preset: 'ollama' }])
    expect(addressOf({ baseUrl, ...more })).toMatch(
      /^providers\.p\.baseUrl: '.*' is a cloud metadata or link-local address/,
    );
});

test.each(['http://localhost', 'http://127.0.0.1:1/v1', 'http://[::1]:8000/v1', 'HTTP://LocalHost:11434/v1'])(
  '%s may be private without a setting, unless the file forbids it',
  (baseUrl) => {
    expect(addressOf({ baseUrl })).toBe(true);
    expect(addressOf({ baseUrl, private: false })).toContain('remove private: false');
  },
);

test.each(['https://api.test/v1', 'http://1.1.1.1', 'http://[2606:4700::1111]', 'http://localhost.test'])(
  '%s may not be private unless the file allows it',
  (baseUrl) => {
    expect(addressOf({ baseUrl })).toBe(false);
    expect(addressOf({ baseUrl, private: true })).toBe(true);
  },
);

test('presets of local servers may be private, other presets may not', () => {
  expect(addressOf({ preset: 'ollama' })).toBe(true);
  expect(addressOf({ preset: 'vllm', baseUrl: 'http://gpu.internal/v1' })).toBe(true);
  expect(addressOf({ preset: 'openai', apiKey: 'k' })).toBe(false);
});

test.each(['file:///etc/passwd', 'gopher://127.0.0.1/', 'ftp://h', 'data:text/plain,x', 'unix:/run/x.sock', '//h/v1'])(
  '%s is not the address of a provider',
  (baseUrl) => {
    expect(addressOf({ baseUrl, private: true })).toContain('must be an http or https URL');
  },
);

test('the endpoints of a configuration have no duplicates and include providers without an entry', () => {
  const result = parseConfig(
    {
      providers: {
        a: { baseUrl: 'https://h/v1' },
        b: { baseUrl: 'https://h:443/v2' },
        c: { baseUrl: 'https://h', private: true },
        d: { baseUrl: 'http://h', models: { '*': {} } },
      },
      chains: { c: { entries: ['a/m'] } },
    },
    {},
  );
  const endpoints = result.ok ? endpointsOf(result.config) : [];
  expect(endpoints.map(({ origin, private: open }) => [origin, open])).toEqual([
    ['https://h', false],
    ['https://h', true],
    ['http://h', false],
  ]);
  expect(new Set(endpoints.map(({ id }) => id)).size).toBe(3);
});
