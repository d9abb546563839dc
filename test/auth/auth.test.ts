import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authenticate as authenticateBy, authenticateOptional, KEY_HEADERS } from '../../src/auth/keys.ts';
import { checkOrigin } from '../../src/auth/origin.ts';
import { parseConfig } from '../../src/config/load.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';
import {
  ANONYMOUS,
  type Authentication,
  type Identity,
  type KeySource,
  LOCAL,
  type Principal,
} from '../../src/domain/principal.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const digest = sha256('hashed-key');

function authOf(keys: readonly object[], sources: readonly KeySource[] = []): Authentication {
  const parsed = parseConfig(
    {
      auth: keys.length === 0 ? 'none' : { keys },
      providers: { p: { baseUrl: 'http://127.0.0.1:1/v1' } },
      chains: { c: { entries: ['p/m'] } },
    },
    {},
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return toSnapshot(parsed.config, sources).auth;
}

const AUTH = authOf([
  { name: 'a', key: 'plain-key', role: 'admin' },
  { name: 'b', key: `sha256:${digest}`, chains: ['c'] },
]);

type Headers = Parameters<typeof authenticateBy>[1];
const ignore = { onUnknown: (): void => undefined, now: 0 };
const authenticateWith = (auth: Authentication, headers: Headers): Identity => authenticateBy(auth, headers, ignore);
const authenticate = (headers: Headers): Principal => authenticateWith(AUTH, headers).principal;
const optional = (headers: Headers): Principal => authenticateOptional(AUTH, headers, ignore).principal;
const bearer = (header: string | string[] | undefined): Principal => authenticate({ authorization: header });

/** How a key is sent in each header. */
const SENT: Readonly<Record<(typeof KEY_HEADERS)[number], (key: string) => string>> = {
  authorization: (key) => `Bearer ${key}`,
  'x-api-key': (key) => key,
  'api-key': (key) => key,
  'x-goog-api-key': (key) => key,
};
const EACH = KEY_HEADERS.map((name) => [name, SENT[name]] as const);

test('a key is known whole, plain or by its digest, under any case of Bearer', () => {
  expect(bearer('Bearer plain-key')).toMatchObject({ id: 'a', role: 'admin', chains: undefined, tenant: '' });
  expect(bearer('bEaReR hashed-key')).toMatchObject({ id: 'b', role: 'caller', chains: ['c'], tenant: '' });
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
])('the authorization %.40s is refused without showing it', (header) => {
  expect(() => bearer(header)).toThrow(
    expect.objectContaining({ code: 'invalid_api_key', message: expect.not.stringContaining('plain-key') }),
  );
});

describe.each(EACH)('%s', (name, sent) => {
  test('is a way to send a key, and the error without a key names it', () => {
    expect(authenticate({ [name]: sent('plain-key') }).id).toBe('a');
    for (const headers of [{}, { [name]: '' }, { [name]: sent('wrong') }])
      expect(() => authenticate(headers)).toThrow(
        expect.objectContaining({ code: 'invalid_api_key', message: expect.stringContaining(`\`${name}`) }),
      );
  });

  test.each(EACH.filter(([other]) => other !== name))('beside %s: one known key counts', (other, otherSent) => {
    expect(authenticate({ [name]: sent('plain-key'), [other]: otherSent('plain-key') }).id).toBe('a');
    expect(authenticate({ [name]: sent('plain-key'), [other]: otherSent('wrong') }).id).toBe('a');
    expect(authenticate({ [name]: sent('wrong'), [other]: otherSent('hashed-key') }).id).toBe('b');
    expect(() => authenticate({ [name]: sent('wrong'), [other]: otherSent('also-wrong') })).toThrow(
      expect.objectContaining({ code: 'invalid_api_key' }),
    );
    expect(() => authenticate({ [name]: sent('plain-key'), [other]: otherSent('hashed-key') })).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.not.stringContaining('plain-key') }),
    );
  });

  test('a list of one value is that value, a longer one is a bad request', () => {
    expect(authenticate({ [name]: [sent('plain-key')] })).toMatchObject({ id: 'a' });
    expect(() => authenticate({ [name]: [] })).toThrow(expect.objectContaining({ code: 'invalid_api_key' }));
    expect(() => authenticate({ [name]: [sent('plain-key'), sent('plain-key')] })).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(name) }),
    );
  });
});

test('an authorization that is no Bearer token is no candidate', () => {
  expect(authenticate({ authorization: 'Basic plain-key', 'x-api-key': 'hashed-key' }).id).toBe('b');
  expect(authenticate({ authorization: 'plain-key', 'x-api-key': 'hashed-key' }).id).toBe('b');
});

test('where no key is needed a known key identifies its principal, and anything else is anonymous', () => {
  expect(optional({ 'x-api-key': 'plain-key' }).id).toBe('a');
  expect([optional({ authorization: 'Bearer wrong' }), optional({})]).toEqual([ANONYMOUS, ANONYMOUS]);
  expect(optional({ 'x-api-key': 'plain-key', 'api-key': 'hashed-key' })).toBe(ANONYMOUS);
});

describe('a key source', () => {
  const stored: Principal = { ...ANONYMOUS, id: 'stored', name: 'stored', chains: undefined };
  const sourceOf = (hasKeys: boolean): KeySource => ({
    hasKeys,
    find: (wanted) => (wanted === sha256('stored-key') ? stored : undefined),
  });
  const KEYED = [{ name: 'a', key: 'plain-key' }];

  test('with keys, beside a configuration without, makes the gateway keyed', () => {
    const auth = authOf([], [sourceOf(true)]);
    expect(auth.keyless).toBe(false);
    expect(() => authenticateWith(auth, {})).toThrow(expect.objectContaining({ code: 'invalid_api_key' }));
    expect(authenticateOptional(auth, {}, ignore)).toEqual({ principal: ANONYMOUS, keyDigest: undefined });
    expect(authenticateWith(auth, { 'api-key': 'stored-key' })).toEqual({
      principal: stored,
      keyDigest: sha256('stored-key'),
      via: 'key',
    });
  });

  test('without keys leaves a gateway keyless, and only such a gateway has a local client', () => {
    for (const sources of [[], [sourceOf(false)], [sourceOf(false), sourceOf(false)]]) {
      const auth = authOf([], sources);
      expect(auth.keyless).toBe(true);
      expect(authenticateWith(auth, { authorization: 'Bearer anything' })).toEqual({
        principal: LOCAL,
        keyDigest: undefined,
        via: 'local',
      });
      expect(authenticateOptional(auth, {}, ignore).principal).toBe(LOCAL);
    }
    expect(authOf(KEYED, [sourceOf(false)]).keyless).toBe(false);
    expect(authOf([], [sourceOf(false), sourceOf(true)]).keyless).toBe(false);
  });

  test('is read for keys once, and searched only after the configuration', () => {
    let reads = 0;
    const source: KeySource = {
      get hasKeys() {
        reads++;
        return true;
      },
      find: () => stored,
    };
    const auth = authOf(KEYED, [source]);
    expect(authenticateWith(auth, { authorization: 'Bearer plain-key' }).principal.id).toBe('a');
    expect(authenticateWith(auth, { authorization: 'Bearer another' }).principal).toBe(stored);
    expect([auth.isFromSource(sha256('plain-key')), auth.isFromSource(sha256('another'))]).toEqual([false, true]);
    expect([auth.keyless, reads <= 1]).toEqual([false, true]);
  });
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
  'the host %s is served without a key',
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
])('the host %s is not served without a key', (host) => {
  expect(allowed({ host })).toBe(false);
});

test('an origin must be listed, and a listed one may be of another site', () => {
  expect(allowed({ host: 'localhost', origin: 'http://localhost:5173' })).toBe(false);
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

test.each(['localhost:4141', '127.0.0.1:4141', '[::1]:4141', 'gateway.test', 'gateway.test:80'])(
  'a page that the gateway has served under %s may call it',
  (host) => {
    const own = { host, origin: `http://${host}` };
    expect(allowed(own)).toBe(true);
    expect(allowed({ ...own, 'sec-fetch-site': 'same-origin' })).toBe(true);
    for (const site of [
      'cross-site',
      'same-site',
      'none',
      '',
      'same-origin, same-origin',
      ['same-origin', 'cross-site'],
    ])
      expect([site, allowed({ ...own, 'sec-fetch-site': site })]).toEqual([site, false]);
  },
);

test.each([
  ['another port', 'localhost:4141', 'http://localhost:4142'],
  ['no port', 'localhost:4141', 'http://localhost'],
  ['another scheme', 'localhost:4141', 'https://localhost:4141'],
  ['another name of this machine', 'localhost:4141', 'http://127.0.0.1:4141'],
  ['a longer name', 'localhost:4141', 'http://localhost:41410'],
  ['a path', 'localhost:4141', 'http://localhost:4141/'],
  ['a name rebound to loopback', 'evil.test:4141', 'http://evil.test:4141'],
  ['a user', 'localhost:4141', 'http://user@localhost:4141'],
  ['no origin', 'localhost:4141', 'null'],
])('a page of %s is not the gateway’s own', (_, host, origin) => {
  expect(allowed({ host, origin })).toBe(false);
  expect(allowed({ host, origin, 'sec-fetch-site': 'same-origin' })).toBe(false);
});

test('no key but the configured ones is known', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[!-~]{1,40}$/), (key) => {
      // A configuration reads `${...}` as the name of an environment variable.
      fc.pre(key !== 'plain-key' && key !== 'hashed-key' && !key.includes('${'));
      for (const [name, sent] of EACH) {
        const headers = { [name]: sent(key) };
        expect(() => authenticate(headers)).toThrow(expect.objectContaining({ code: 'invalid_api_key' }));
        expect(authenticateWith(authOf([{ name: 'x', key }]), headers).principal.id).toBe('x');
      }
    }),
  );
});

test('different unknown keys are reported together, unless a known one is beside them or there is none', () => {
  const reported: number[] = [];
  const report = (keys: number): void => void reported.push(keys);
  const cases: [Headers, number[]][] = [
    [{}, []],
    [{ authorization: 'Basic wrong' }, []],
    [{ authorization: 'Bearer wrong' }, [1]],
    [{ authorization: 'Bearer wrong', 'x-api-key': 'wrong' }, [1]],
    [{ authorization: 'Bearer wrong', 'x-api-key': 'another', 'api-key': 'third' }, [3]],
    [{ authorization: 'Bearer wrong', 'x-api-key': 'plain-key' }, []],
    [{ 'x-api-key': 'plain-key', 'api-key': 'wrong' }, []],
  ];
  for (const [headers, expected] of cases) {
    authenticateOptional(AUTH, headers, { ...ignore, onUnknown: report });
    expect([headers, reported.splice(0)]).toEqual([headers, expected]);
  }
  authenticateOptional(authOf([]), { 'x-api-key': 'wrong' }, { ...ignore, onUnknown: report });
  expect(reported).toEqual([]);
});

test('a key that is no longer accepted covers no guesses beside it', () => {
  const former: Principal = { ...ANONYMOUS, id: 'former', expiresAt: 1 };
  const source: KeySource = {
    hasKeys: true,
    find: (wanted) => (wanted === sha256('expired') ? former : undefined),
    refusalOf: (wanted) => (wanted === sha256('revoked') ? 'revoked' : undefined),
  };
  const reported: number[] = [];
  const options = { now: 1, onUnknown: (keys: number): void => void reported.push(keys) };
  for (const key of ['expired', 'revoked']) {
    const send = (headers: Headers): Identity => authenticateBy(authOf([], [source]), headers, options);
    expect(() => send({ 'x-api-key': key })).toThrow(expect.objectContaining({ code: `key_${key}` }));
    expect(reported.splice(0)).toEqual([]);
    expect(() => send({ 'x-api-key': key, 'api-key': 'guess' })).toThrow(
      expect.objectContaining({ code: `key_${key}` }),
    );
    expect(reported.splice(0)).toEqual([1]);
  }
});

const report = (): never => {
  throw new RangeError('too many');
};

test('what the report of unknown keys throws is thrown in place of the refusal', () => {
  expect(() => authenticateBy(AUTH, { 'x-api-key': 'wrong' }, { ...ignore, onUnknown: report })).toThrow('too many');
  expect(authenticateOptional(AUTH, { 'x-api-key': 'wrong' }, { ...ignore, onUnknown: report }).principal).toBe(
    ANONYMOUS,
  );
});
