import { describe, expect, test } from 'vitest';
import { browserFacts, type BrowserRequest, type Connection } from '../../src/auth/browser.ts';
import { readCookie } from '../../src/auth/cookie.ts';

const LOCAL: Connection = { peer: '127.0.0.1', secure: false, host: 'localhost:4141', forwarded: false };

function cookieOf(connection: Partial<Connection>, publicUrl?: string): string | undefined {
  return browserFacts({ method: 'GET', headers: {}, connection: { ...LOCAL, ...connection } }, publicUrl).cookie;
}

describe('the cookie', () => {
  test.each(['localhost:4141', 'localhost', '127.0.0.1:1', '127.0.0.2', '[::1]:4141'])(
    'at %s, from this machine, needs no TLS',
    (host) => {
      expect(cookieOf({ host })).toBe('spillway_session');
      expect(cookieOf({ host, peer: '::1' })).toBe('spillway_session');
    },
  );

  test.each<[string, Partial<Connection>]>([
    ['another host', { host: 'llm.example' }],
    ['a name that begins like this machine’s', { host: 'localhost.example' }],
    ['no host', { host: '' }],
    ['what is no host', { host: 'a b' }],
    ['another machine', { peer: '192.0.2.1' }],
    ['an unknown peer', { peer: undefined }],
    ['a proxy', { forwarded: true }],
  ])('of %s needs TLS', (_, connection) => {
    expect(cookieOf(connection)).toBeUndefined();
    if (connection.host === undefined || URL.canParse(`https://${connection.host}`))
      expect(cookieOf({ ...connection, secure: true })).toBe('__Host-spillway');
  });

  test('follows the public URL, whatever the connection is', () => {
    const far = { peer: '192.0.2.1', host: 'inner:1', forwarded: true };
    expect(cookieOf(far, 'https://llm.example/x')).toBe('__Host-spillway');
    expect(cookieOf(far, 'http://localhost:8080')).toBe('spillway_session');
    expect(cookieOf({ ...LOCAL, secure: true }, 'http://llm.example')).toBeUndefined();
  });
});

const request = (headers: BrowserRequest['headers'], method = 'GET') => {
  const { isOwn, isForeign } = browserFacts({ method, headers, connection: LOCAL }, undefined);
  return { isOwn, isForeign };
};

describe('a request', () => {
  const SITE = { 'sec-fetch-site': 'same-origin' };

  test('is own with the site that browsers name, and is foreign with another one, or another origin', () => {
    expect(request(SITE)).toEqual({ isOwn: true, isForeign: false });
    expect(request({})).toEqual({ isOwn: false, isForeign: false });
    expect(request({ ...SITE, origin: 'http://localhost:4141' })).toEqual({ isOwn: true, isForeign: false });
    for (const site of ['cross-site', 'same-site', 'none', '', 'same-origin, same-origin'])
      expect(request({ 'sec-fetch-site': site })).toEqual({ isOwn: false, isForeign: true });
    expect(request({ 'sec-fetch-site': ['same-origin', 'same-origin'] }).isOwn).toBe(false);
    for (const origin of ['http://localhost', 'http://localhost:4142', 'https://localhost:4141', 'null', ''])
      expect(request({ ...SITE, origin })).toEqual({ isOwn: false, isForeign: true });
  });

  test('needs the header of the dashboard, unless it is a GET', () => {
    for (const method of ['POST', 'HEAD', 'DELETE']) {
      expect(request(SITE, method).isOwn).toBe(false);
      expect(request({ ...SITE, 'x-spillway-dashboard': '1, 1' }, method).isOwn).toBe(false);
      expect(request({ ...SITE, 'x-spillway-dashboard': '1' }, method).isOwn).toBe(true);
    }
  });

  test('has the port of its scheme in neither form', () => {
    const connection = { ...LOCAL, host: 'llm.example:443', secure: true };
    const headers = { ...SITE, origin: 'https://llm.example' };
    expect(browserFacts({ method: 'GET', headers, connection }, undefined).isOwn).toBe(true);
  });
});

const read = (header: string | string[] | undefined) => readCookie(header, 'spillway_session');

test('a cookie is read by its whole name, wherever it stands', () => {
  expect(read(undefined)).toBeUndefined();
  expect(read('a=1; spillway_session=x;b=2')).toBe('x');
  expect(read('my_spillway_session=x; spillway_session2=y; __Host-spillway=z')).toBeUndefined();
  expect(read(['a=1', 'spillway_session=x'])).toBe('x');
  for (const two of ['spillway_session=x; spillway_session=x', ['spillway_session=x', 'spillway_session=y']])
    expect(() => read(two)).toThrow('two cookies with the name spillway_session');
});

test('a name behind a blank that browsers count as part of it is another name', () => {
  for (const blank of ['\u00a0', '\u0085', '\ufeff', '\u2000'])
    expect([blank, readCookie(`a=1; ${blank}__Host-spillway=x`, '__Host-spillway')]).toEqual([blank, undefined]);
  expect(readCookie('a=1; \t__Host-spillway=x; b=2', '__Host-spillway')).toBe('x');
});
