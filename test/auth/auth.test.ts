import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { authenticate as identify, recognise } from '../../src/auth/keys.ts';
import { checkOrigin } from '../../src/auth/origin.ts';
import { parseConfig } from '../../src/config/load.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';
import { ANONYMOUS, type Principal } from '../../src/domain/principal.ts';

const digest = createHash('sha256').update('hashed-key').digest('hex');

function keysOf(keys: readonly object[]) {
  const parsed = parseConfig(
    { auth: { keys }, providers: { p: { baseUrl: 'http://127.0.0.1:1/v1' } }, chains: { c: { entries: ['p/m'] } } },
    {},
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return toSnapshot(parsed.config).keys;
}

const KEYS = keysOf([
  { name: 'a', key: 'plain-key', role: 'admin' },
  { name: 'b', key: `sha256:${digest}`, chains: ['c'] },
]);
const authenticate = (header: string | string[] | undefined): Principal => identify(KEYS, header);

test('a key is known whole, plain or by its digest, under any case of Bearer', () => {
  expect(authenticate('Bearer plain-key')).toEqual({ id: 'a', role: 'admin', chains: undefined, tenant: '' });
  expect(authenticate('bEaReR hashed-key')).toEqual({ id: 'b', role: 'caller', chains: ['c'], tenant: '' });
});

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  'Basic plain-key',
  'plain-key',
  'Bearer plain-ke',
  'Bearer plain-key2',
  `Bearer sha256:${digest}`,
  `Bearer ${'x'.repeat(100_000)}`,
])('the header %.40s is refused without showing it', (header) => {
  expect(() => authenticate(header)).toThrow(
    expect.objectContaining({ code: 'invalid_api_key', message: expect.not.stringContaining('plain-key') }),
  );
});

test('where none is needed a key that is known tells who asks, and any other nobody', () => {
  expect(recognise(KEYS, 'Bearer plain-key').id).toBe('a');
  expect([recognise(KEYS, 'Bearer wrong'), recognise(KEYS, undefined)]).toEqual([ANONYMOUS, ANONYMOUS]);
});

test('a list of one header is that header', () => {
  expect(authenticate(['Bearer plain-key'])).toMatchObject({ id: 'a' });
  expect(() => authenticate([])).toThrow(expect.objectContaining({ code: 'invalid_api_key' }));
});

test('two headers are a bad request', () => {
  expect(() => authenticate(['Bearer plain-key', 'Bearer plain-key'])).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  );
});

test('without keys everyone local may do everything', () => {
  expect(identify(new Map(), undefined)).toMatchObject({ role: 'admin' });
});

const rules = { host: 'gateway.test', origins: ['http://app.test'] };
const allowed = (headers: Parameters<typeof checkOrigin>[0]): boolean => {
  try {
    checkOrigin(headers, rules);
    return true;
  } catch {
    return false;
  }
};

test.each(['localhost', 'LOCALHOST:4141', '127.0.0.1:1', '[::1]:80', 'gateway.test', 'gateway.test.'])(
  'the host %s is ours',
  (host) => {
    expect(allowed({ host })).toBe(true);
  },
);

test.each([
  undefined,
  '',
  'evil.test',
  'localhost.evil.test',
  'localhost@evil.test',
  '127.0.0.1.evil.test',
  '::1',
  'localhost:99999999',
  'a b',
])('the host %s is not', (host) => {
  expect(allowed({ host })).toBe(false);
});

test('an origin must be listed, and a listed one may come from another site', () => {
  expect(allowed({ host: 'localhost', origin: 'http://localhost' })).toBe(false);
  expect(allowed({ host: 'localhost', origin: 'null' })).toBe(false);
  expect(allowed({ host: 'localhost', origin: 'http://app.test', 'sec-fetch-site': 'cross-site' })).toBe(true);
  expect(allowed({ host: 'localhost', 'sec-fetch-site': 'cross-site' })).toBe(false);
  expect(allowed({ host: 'localhost', 'sec-fetch-site': 'same-site' })).toBe(false);
  expect(allowed({ host: 'localhost', 'sec-fetch-site': 'same-origin, cross-site' })).toBe(false);
  expect(allowed({ host: 'localhost', 'sec-fetch-site': ['same-origin', 'cross-site'] })).toBe(false);
  expect(allowed({ host: 'evil.test', origin: 'http://app.test' })).toBe(false);
  expect(allowed({ host: 'localhost', 'sec-fetch-site': 'same-origin' })).toBe(true);
  expect(allowed({ host: 'localhost', 'sec-fetch-site': 'none' })).toBe(true);
});

test('no key but the configured ones is let in', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[!-~]{1,40}$/), (key) => {
      fc.pre(key !== 'plain-key' && key !== 'hashed-key');
      expect(() => authenticate(`Bearer ${key}`)).toThrow(expect.objectContaining({ code: 'invalid_api_key' }));
      expect(identify(keysOf([{ name: 'x', key }]), `Bearer ${key}`).id).toBe('x');
    }),
  );
});
