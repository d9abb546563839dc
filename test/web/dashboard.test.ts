import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { serverSettings } from '../../src/config/server-settings.ts';
import { createServer } from '../../src/http/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createDashboard } from '../../src/web/dashboard.ts';
import { loadDashboard } from '../../src/web/dashboard-files.ts';
import { exchange } from '../helpers/exchange.ts';
import { type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { MOUNTS } from '../helpers/mounts.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'spillway-dashboard-'));
afterAll(() => rmSync(ROOT, { recursive: true }));

const SCRIPT = 'let a = 1;'.repeat(100);
const PAGE = '<!doctype html><html><head><meta charset="utf-8"><script src="./assets/a.js"></script></head></html>';
const FILES: Readonly<Record<string, string>> = {
  'index.html': PAGE,
  'icon.svg': '<svg/>',
  '.digest': 'hidden',
  'assets/a-12345678.js': SCRIPT,
  // Told apart from what the gateway would compress itself.
  'assets/a-12345678.js.br': 'brotli of a',
  'assets/a-12345678.js.gz': 'gzip of a',
  'assets/b.css': 'p{}',
  'assets/b.css.br': 'longer than the file',
};

/** Writes a build into a new folder. */
function build(files = FILES): string {
  const folder = mkdtempSync(join(ROOT, 'build-'));
  mkdirSync(join(folder, 'assets'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** A gateway that serves a build of the test's own. */
async function serve(folder: string, options?: RigOptions) {
  const rig = await startRig([{}], options);
  const { doors } = rig.gateway;
  const load = () => loadDashboard(folder);
  const app = createServer({
    doors: { ...doors, dashboard: createDashboard({ rest: doors.rest, keyless: () => rig.gateway.keyless, load }) },
    clock: systemClock,
    settings: serverSettings({ server: { cors: { origins: ['https://app.example'] } } }),
    originRules: () => undefined,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  rig.defer(() => app.close());
  return {
    rig,
    url,
    get: (path: string, headers: Readonly<Record<string, string>> = {}, init: RequestInit = {}) =>
      fetch(url + path, { headers: { 'accept-encoding': 'identity', ...headers }, redirect: 'manual', ...init }),
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

/** An answer as it was sent. */
async function raw(url: string, lines: readonly string[]): Promise<{ readonly head: string; readonly body: string }> {
  const text = await exchange(url, `${[...lines, 'host: localhost', 'connection: close'].join('\r\n')}\r\n\r\n`);
  const end = text.indexOf('\r\n\r\n');
  return { head: text.slice(0, end), body: text.slice(end + 4) };
}

const KEYED: RigOptions = { config: { auth: { keys: [{ name: 'ci', key: 'spillway-key-one' }] } } };

test('every file has its type, its caching and the headers of its policy, and needs no key', async () => {
  await using server = await serve(build(), KEYED);
  const types: Readonly<Record<string, readonly [string, string]>> = {
    '/ui/': ['text/html; charset=utf-8', 'no-cache'],
    '/ui/icon.svg': ['image/svg+xml; charset=utf-8', 'no-cache'],
    '/ui/assets/a-12345678.js?x=1': ['text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
    '/ui/assets/b.css': ['text/css; charset=utf-8', 'public, max-age=31536000, immutable'],
  };
  for (const [path, expected] of Object.entries(types)) {
    const { status, headers } = await server.get(path);
    expect([path, status, headers.get('content-type'), headers.get('cache-control')]).toEqual([path, 200, ...expected]);
  }
  for (const path of [...Object.keys(types), '/ui', '/ui/none.js']) {
    const { headers } = await server.get(path);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
        "base-uri 'self'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    );
    const names = ['x-content-type-options', 'referrer-policy', 'cross-origin-opener-policy'];
    expect(names.map((name) => headers.get(name))).toEqual(['nosniff', 'no-referrer', 'same-origin']);
  }
});

test('the page is served below its own routes with a base that leads to its files, and files that are missing are a 404', async () => {
  await using server = await serve(build());
  const bases = {
    '/ui/': './',
    '/ui/requests': './',
    '/ui/requests/': '../',
    '/ui/chains/gpt-4.1/x%2Fy?tab=1': '../../',
  };
  for (const [path, base] of Object.entries(bases)) {
    const answer = await server.get(path);
    expect([path, answer.status, await answer.text()]).toEqual([
      path,
      200,
      PAGE.replace('<head>', `<head><base href="${base}">`),
    ]);
    expect(new URL(base, `${server.url}${path}`).pathname).toBe('/ui/');
  }
  const deepest = `/ui${'/x'.repeat(9)}`;
  expect((await server.get(deepest)).status).toBe(200);
  for (const path of [
    `${deepest}/x`,
    '/ui/none.php',
    '/ui/requests/none.js',
    '/ui/assets/none',
    '/ui/assets/',
    '/ui/.digest',
    '/ui/index.html',
    '/ui/assets/a-12345678.js.br',
  ]) {
    const answer = await server.get(path);
    expect([path, answer.status, await answer.json()]).toMatchObject([path, 404, { error: { code: 'not_found' } }]);
  }
});

test('no path leads out of the folder', async () => {
  const folder = build();
  writeFileSync(join(folder, '..', 'secret.txt'), 'secret');
  await using server = await serve(folder);
  for (const path of [
    '../secret.txt',
    '%2e%2e/secret.txt',
    '..%2fsecret.txt',
    'assets/../../secret.txt',
    '/secret.txt',
  ])
    expect([path, (await raw(server.url, [`GET /ui/${path} HTTP/1.1`])).head.slice(0, 12)]).toEqual([
      path,
      'HTTP/1.1 404',
    ]);
});

describe('codings', () => {
  test.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0.5, gzip', 'gzip'],
    ['br;q=0, *', 'gzip'],
    ['*', 'br'],
    ['zstd', undefined],
    ['br;q=0, gzip;q=0', undefined],
  ])('of a client that accepts %j it is %s', async (accepted, coding) => {
    await using server = await serve(build());
    const request = ['GET /ui/assets/a-12345678.js HTTP/1.1', `accept-encoding: ${accepted}`];
    const script = await raw(server.url, request);
    const bodies: Readonly<Record<string, string>> = { br: 'brotli of a', gzip: 'gzip of a' };
    expect(script.body).toBe(bodies[coding ?? ''] ?? SCRIPT);
    expect(script.head).toContain('vary: accept-encoding');
    expect(/content-encoding: (\S+)/.exec(script.head)?.[1]).toBe(coding);
    // Of the page the client decodes what the gateway has compressed.
    const page = await server.get('/ui/', { 'accept-encoding': accepted });
    expect(await page.text()).toContain('<base href="./">');
    expect(page.headers.get('content-encoding')).toBe(coding ?? null);
  });

  test('a file that is no smaller compressed is sent as it is', async () => {
    await using server = await serve(build());
    const { head, body } = await raw(server.url, ['GET /ui/assets/b.css HTTP/1.1', 'accept-encoding: br']);
    expect([head.includes('content-encoding'), body]).toEqual([false, 'p{}']);
  });
});

test('a file that the client has is a 304 without a body, in each coding and at each depth', async () => {
  await using server = await serve(build());
  const tags = new Set<string>();
  for (const [path, coding] of [
    ['/ui/', 'identity'],
    ['/ui/', 'br'],
    ['/ui/requests/one', 'br'],
    ['/ui/assets/a-12345678.js', 'gzip'],
  ] as const) {
    const request = [`GET ${path} HTTP/1.1`, `accept-encoding: ${coding}`];
    const [, tag = ''] = /etag: ("[^"]+")/.exec((await raw(server.url, request)).head) ?? [];
    tags.add(tag);
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const { head, body } = await raw(server.url, [...request, `if-none-match: ${known}`]);
      expect([head.slice(0, 12), head.includes('content-length'), body.length]).toEqual(['HTTP/1.1 304', false, 0]);
      expect(head).toContain(tag);
    }
    const { head } = await raw(server.url, [...request, 'if-none-match: "other"']);
    expect(head.slice(0, 12)).toBe('HTTP/1.1 200');
  }
  expect(tags.size).toBe(4);
});

test('a HEAD has the length and no body, and other methods have nothing there', async () => {
  await using server = await serve(build());
  const { head, body } = await raw(server.url, ['HEAD /ui/assets/a-12345678.js HTTP/1.1']);
  expect([head.slice(0, 12), head.includes(`content-length: ${SCRIPT.length}`), body.length]).toEqual([
    'HTTP/1.1 200',
    true,
    0,
  ]);
  const { status } = await server.get('/ui/', {}, { method: 'DELETE' });
  expect(status).toBe(404);
});

test('requests for files leave no record', async () => {
  await using server = await serve(build(), KEYED);
  for (const path of ['/ui', '/ui/', '/ui/requests/one', '/ui/assets/a-12345678.js', '/ui/none.js'])
    await (await server.get(path)).text();
  await (await server.get('/', { accept: 'text/html' })).text();
  expect(server.rig.events).toEqual([]);
});

test('the root leads browsers to the dashboard, and answers others as before', async () => {
  await using server = await serve(build(), KEYED);
  const browser = await server.get('/?x=1', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
  expect([browser.status, browser.headers.get('location'), browser.headers.get('vary')]).toEqual([
    302,
    './ui/',
    'accept, origin',
  ]);
  for (const accept of ['*/*', 'application/json', 'text/html;q=0']) {
    const other = await server.get('/', { accept });
    expect([other.status, other.headers.get('vary')]).toEqual([200, 'accept, origin']);
    expect(await other.json()).toMatchObject({ name: 'spillway' });
  }
  const slash = await server.get('/ui?x=1');
  expect([slash.status, slash.headers.get('location')]).toEqual([301, './ui/']);
});

test('without a build there is a page that says how to make one, until there is one', async () => {
  const folder = join(ROOT, 'later');
  await using server = await serve(folder);
  const missing = await server.get('/ui/requests/one');
  expect([missing.status, missing.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
  expect(await missing.text()).toContain('npm run build');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), PAGE);
  expect((await server.get('/ui/requests/one')).status).toBe(200);
});

test('a build that cannot be read is a 500 that does not say why', async () => {
  const folder = build();
  rmSync(join(folder, 'index.html'));
  mkdirSync(join(folder, 'index.html'));
  await using server = await serve(folder);
  const answer = await server.get('/ui/');
  const text = await answer.text();
  expect([answer.status, text.includes('internal_error'), text.includes('EISDIR')]).toEqual([500, true, false]);
});

test('server.dashboard: false leaves nothing at /ui/, and browsers get what others get at the root', async () => {
  await using rig = await startRig([{}], { config: { server: { dashboard: false } } });
  for (const call of [fetch, rig.gateway.fetch]) {
    for (const path of ['/ui', '/ui/', '/ui/requests/one']) expect((await call(rig.url + path)).status).toBe(404);
    const root = await call(`${rig.url}/`, { headers: { accept: 'text/html' }, redirect: 'manual' });
    expect([root.status, await root.json()]).toMatchObject([200, { name: 'spillway' }]);
  }
});

/** Where a redirect leads to. */
function follow(response: Response, url: string): string {
  return new URL(response.headers.get('location') ?? '', url).pathname;
}

describe.each(Object.entries(MOUNTS))('%s', (_, mount) => {
  const html = { headers: { accept: 'text/html' }, redirect: 'manual' as const };

  test('leads to the dashboard below its prefix, with a key in the gateway but none in the request', async () => {
    await using rig: Rig = await startRig([{}], KEYED);
    const mounted = await mount(rig);
    for (const path of ['', '/', '?x=1', '/ui'])
      expect([path, follow(await mounted.fetch(mounted.url + path, html), mounted.url + path)]).toEqual([
        path,
        '/app/llm/ui/',
      ]);
    const page = await mounted.fetch(`${mounted.url}/ui/`);
    const etag = page.headers.get('etag') ?? '';
    expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    const again = await mounted.fetch(`${mounted.url}/ui/`, { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  test('serves nothing where neither a key nor the application identifies clients', async () => {
    await using rig = await startRig([{}]);
    const mounted = await mount(rig);
    for (const path of ['/', '/ui', '/ui/', '/ui/none.js'])
      expect([path, (await mounted.fetch(mounted.url + path, html)).status]).toEqual([path, 401]);
  });
});
