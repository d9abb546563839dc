import { expect, test } from 'vitest';
import { serverSettings } from '../../src/config/server-settings.ts';
import { watchDisconnect } from '../../src/http/disconnect.ts';
import { mountPages } from '../../src/http/mount-pages.ts';
import { createServer } from '../../src/http/server.ts';
import { createWriteReply } from '../../src/http/write-reply.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createPages, type PageFile, type Pages, routesOfPages } from '../../src/web/pages.ts';
import { startRig } from '../helpers/gateway.ts';

const KEY = 'spillway-key-one';
const FILES: ReadonlyMap<string, PageFile> = new Map([
  ['', { contentType: 'text/html; charset=utf-8', body: Buffer.from('<script src="app.js"></script>') }],
  ['app.js', { contentType: 'text/javascript', body: Buffer.from('1') }],
]);

/** A server with pages of its own beside those of the gateway. */
async function serve(pages: Pages) {
  const rig = await startRig([{}], { config: { auth: { keys: [{ name: 'ci', key: KEY }] } } });
  const { doors } = rig.gateway;
  const app = createServer({ doors, clock: systemClock, settings: serverSettings({}), originRules: () => undefined });
  mountPages(
    app,
    { routes: routesOfPages(pages), serve: createPages(pages, doors.rest) },
    {
      write: createWriteReply(systemClock, 1000),
      requestOf: ({ method, url, headers }, { raw }) => ({
        method,
        url,
        headers,
        abort: watchDisconnect(raw),
        body: () => Promise.reject(new Error('A page has no body.')),
      }),
    },
  );
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    rig,
    get: (path: string, init: RequestInit = {}) => fetch(url + path, { headers: { 'x-api-key': KEY }, ...init }),
    async [Symbol.asyncDispose]() {
      await app.close();
      await rig[Symbol.asyncDispose]();
    },
  };
}

test('pages are a list of files and a policy: served to clients with a key, and recorded', async () => {
  let loads = 0;
  const load = (): Promise<typeof FILES> => {
    loads++;
    return Promise.resolve(FILES);
  };
  await using server = await serve({ path: '/pages/ui', policy: ["script-src 'self'"], load });
  expect(loads).toBe(0);
  const page = await server.get('/pages/ui?tab=one');
  expect([page.status, page.url, page.headers.get('content-type')]).toEqual([
    200,
    `${server.url}/pages/ui/`,
    'text/html; charset=utf-8',
  ]);
  expect(page.headers.get('content-security-policy')?.split('; ')).toEqual([
    "default-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "script-src 'self'",
  ]);
  const script = await server.get('/pages/ui/app.js?v=1');
  expect([script.status, await script.text()]).toEqual([200, '1']);
  const head = await server.get('/pages/ui/app.js', { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '1']);
  for (const path of ['/pages/ui/none', '/pages/ui/%61pp.js', '/pages/ui//app.js'])
    expect([path, (await server.get(path)).status]).toEqual([path, 404]);
  const refused = await server.get('/pages/ui/', { headers: {} });
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect(loads).toBe(1);
  const ids = server.rig.finished().map(({ requestId, principal }) => [requestId, principal]);
  expect(ids).toContainEqual([page.headers.get('x-request-id'), 'ci']);
  expect(ids).toContainEqual([refused.headers.get('x-request-id'), 'anonymous']);
});

test('pages that fail to load are a 500 without the reason, and load again for the next request', async () => {
  const loads = [() => Promise.reject(new Error('password=hunter2')), () => Promise.resolve(FILES)];
  await using server = await serve({ path: '/pages', policy: [], load: () => (loads.shift() ?? fail)() });
  const failed = await server.get('/pages/');
  expect([failed.status, (await failed.text()).includes('hunter2')]).toEqual([500, false]);
  expect((await server.get('/pages/')).status).toBe(200);
  expect((await server.get('/pages/app.js')).status).toBe(200);
});

function fail(): never {
  throw new Error('The pages are loaded more often than needed.');
}
