import { expect, test } from 'vitest';
import { browserFacts } from '../../src/auth/browser.ts';
import { isStillProxied, proxiedPrincipal } from '../../src/auth/proxy.ts';
import { addressesIn } from '../../src/lib/address.ts';

const FROM = ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'];
const ACCESS = {
  from: FROM,
  includes: addressesIn(FROM),
  header: 'x-forwarded-email',
  roles: { admin: ['*@ops.example', 'boss'], viewer: ['*@example', '*@ops.example'] },
};

type Sent = {
  readonly peer?: string;
  readonly method?: string;
  readonly headers?: Record<string, string | string[] | undefined>;
};

function userOf({ peer = '10.1.2.3', method = 'GET', headers = {} }: Sent) {
  const connection = { peer, secure: true, host: 'llm.example', forwarded: true };
  const request = { method, headers: { 'sec-fetch-site': 'same-origin', ...headers }, connection };
  return proxiedPrincipal(ACCESS, request, browserFacts(request, undefined));
}

const named = (name: string | string[], others: Omit<Sent, 'headers'> = {}) =>
  userOf({ ...others, headers: { 'x-forwarded-email': name } });

test('a user has the highest role whose pattern its name matches', () => {
  expect(named('me@ops.example')).toMatchObject({ id: 'proxy:me@ops.example', name: 'me@ops.example', role: 'admin' });
  expect([named('me@example')?.role, named('boss')?.role]).toEqual(['viewer', 'admin']);
  for (const name of ['me@other.example', 'Boss', 'me@ops.example.evil', 'boss '])
    expect(() => named(name)).toThrow('auth.proxy.roles');
});

test('a user is taken from the addresses of the proxy only', () => {
  for (const peer of ['10.255.0.1', '192.0.2.7', '2001:db8:1::5']) expect(named('boss', { peer })?.role).toBe('admin');
  for (const peer of ['11.0.0.1', '192.0.2.8', '2001:db9::1', '127.0.0.1', ''])
    expect(named('boss', { peer })).toBeUndefined();
  expect(userOf({})).toBeUndefined();
});

test('a name is bounded, of one line, not a list and not one of the gateway’s own', () => {
  const wrong = [
    '',
    ' ',
    'a'.repeat(255),
    'boss\u0007',
    'boss\u00ad',
    'boss,boss',
    'boss, x@example',
    'internal',
    'Local',
  ];
  for (const name of wrong) expect(() => named(name)).toThrow('must name one user, once');
  expect(() => named(['boss', 'boss'])).toThrow('must name one user, once');
});

const OWN = { 'sec-fetch-site': 'same-origin', 'x-spillway-dashboard': '1', origin: 'https://llm.example' };
const roleOf = (method: string, headers: Record<string, string | undefined>) =>
  userOf({ method, headers: { 'x-forwarded-email': 'boss', ...headers } })?.role;

test('a request that is not certainly from a page of the gateway has no user', () => {
  expect([roleOf('GET', {}), roleOf('GET', OWN), roleOf('POST', OWN)]).toEqual(['admin', 'admin', 'admin']);
  expect(roleOf('GET', { 'sec-fetch-site': 'cross-site' })).toBeUndefined();
  for (const missing of ['sec-fetch-site', 'x-spillway-dashboard'])
    expect(roleOf('POST', { ...OWN, [missing]: undefined })).toBeUndefined();
  // Of a page whose name was rebound to the gateway's address, which browsers reach without TLS.
  expect(roleOf('GET', { 'sec-fetch-site': undefined })).toBeUndefined();
  expect(roleOf('POST', { ...OWN, origin: 'https://evil.example' })).toBeUndefined();
});

test('a user is still authenticated until its role, the header or an address of the proxy is taken away', () => {
  const user = named('boss');
  if (user === undefined) throw new Error('There is a user.');
  const isStill = (now: Partial<typeof ACCESS>): boolean => isStillProxied(user, ACCESS, { ...ACCESS, ...now });
  expect([isStill({}), isStill({ from: [...FROM, '198.51.100.1'] })]).toEqual([true, true]);
  expect(isStillProxied(user, ACCESS, undefined)).toBe(false);
  expect(isStill({ roles: { admin: [], viewer: ['boss'] } })).toBe(false);
  expect([isStill({ header: 'x-user' }), isStill({ from: FROM.slice(1) })]).toEqual([false, false]);
});
