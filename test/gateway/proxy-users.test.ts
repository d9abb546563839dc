import { expect, test } from 'vitest';
import { responder } from '../../src/testing/index.ts';
import { openPage } from '../helpers/page.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { ask, startOnStore } from '../helpers/store-gateway.ts';
import { temporaryFolder } from '../helpers/store.ts';

const KEY = 'key-of-a-viewer-012345678';
const ME = 'me@ops.example';
const PROXY = { from: ['127.0.0.1/32'], roles: { admin: ['*@ops.example'], viewer: ['*@example'] } };

function start(proxy: object = PROXY): Promise<Rig> {
  return startRig([responder({ content: 'Hi' })], {
    config: { auth: { keys: [{ name: 'looker', key: KEY, role: 'viewer' }], proxy: proxy as typeof PROXY } },
  });
}

test('a user that the proxy names may use the dashboard by its role, and is named in the records', async () => {
  await using rig = await start();
  const page = openPage(rig.url, { 'x-forwarded-email': ME });
  expect(await page.who()).toMatchObject({
    authenticated: true,
    via: 'proxy',
    role: 'admin',
    name: ME,
    key_id: null,
    tenant: null,
    expires_at: null,
  });
  expect((await page.send('/trpc/audit.list')).status).toBe(200);
  expect(rig.finished().at(-1)).toMatchObject({ principal: ME, keyId: `proxy:${ME}` });
  const viewer = openPage(rig.url, { 'x-forwarded-email': 'you@example' });
  expect([(await viewer.send('/trpc/chains.status')).status, (await viewer.send('/trpc/audit.list')).status]).toEqual([
    200, 403,
  ]);
  expect((await viewer.send('/v1/chains/status')).status).toBe(200);
});

test('a user of the proxy may call no model, over any door', async () => {
  await using rig = await start();
  const page = openPage(rig.url, { 'x-forwarded-email': ME });
  for (const path of [
    '/trpc/chat.completions.create',
    '/v1/chat/completions',
    '/v1/responses',
    '/v1/runs',
    '/v1/embeddings',
  ])
    expect([path, (await page.send(path, { input: { ...HELLO, input: 'x' } })).text]).toEqual([
      path,
      expect.stringContaining('Calls of models need a key') as string,
    ]);
  expect((await page.send('/trpc/chains.explain', { input: HELLO })).status).toBe(200);
  expect(rig.upstreams[0]?.hits).toHaveLength(0);
});

test('a request from elsewhere, of another page, or with a wrong header has no user', async () => {
  await using elsewhere = await start({ ...PROXY, from: ['10.0.0.0/8'] });
  expect((await openPage(elsewhere.url, { 'x-forwarded-email': ME }).who()).authenticated).toBe(false);
  await using rig = await start();
  const page = openPage(rig.url, { 'x-forwarded-email': ME });
  for (const site of ['cross-site', undefined])
    expect((await page.who({ 'sec-fetch-site': site })).authenticated).toBe(false);
  const check = async (headers: Record<string, string | undefined>) =>
    (await page.send('/trpc/config.check', { input: { text: 'providers: {}' }, headers })).status;
  expect(await check({})).toBe(200);
  expect(await check({ 'x-spillway-dashboard': undefined })).toBe(401);
  expect(await check({ 'sec-fetch-site': undefined })).toBe(401);
  expect(await check({ origin: 'http://evil.example' })).toBe(401);
  expect(await check({ 'x-forwarded-email': `${ME}, ${ME}` })).toBe(400);
  expect(await check({ 'x-forwarded-email': 'me@other.example' })).toBe(403);
  expect(await page.who({ 'x-forwarded-email': `${ME},${ME}` })).toMatchObject({ authenticated: false });
  // Behind another proxy the address of the client is not that of the proxy.
  expect(await page.who({ 'x-forwarded-for': '10.0.0.1' })).toMatchObject({ via: 'proxy' });
});

test('a key and a session count before the name that the proxy gives', async () => {
  await using rig = await start();
  const page = openPage(rig.url, { 'x-forwarded-email': ME });
  expect(await page.who({ 'x-api-key': KEY })).toMatchObject({ via: 'key', role: 'viewer' });
  expect((await page.logIn(KEY)).status).toBe(200);
  expect(await page.who()).toMatchObject({ via: 'session', role: 'viewer' });
});

test.each([
  ['gives it another role', { roles: { viewer: ['*@ops.example'] } }],
  ['takes the proxy’s address away', { from: ['127.0.0.2/32'] }],
])('what is open under a user ends when the configuration %s', async (_, change) => {
  await using rig = await start();
  const headers = { 'x-forwarded-email': ME, 'sec-fetch-site': 'same-origin' };
  const watching = await fetch(`${rig.url}/trpc/limits.watch`, { headers });
  expect(watching.status).toBe(200);
  await rig.gateway.reload({
    providers: { a: { baseUrl: 'http://127.0.0.1:1', apiKey: 'x' } },
    chains: { default: { entries: ['a/m'] } },
    auth: { keys: [{ name: 'looker', key: KEY, role: 'viewer' }], proxy: { ...PROXY, ...change } },
  });
  expect(await watching.text()).toContain('key_revoked');
});

test('with a store and no key yet, a user of the proxy makes the first one, and nobody is a local client', async () => {
  using folder = temporaryFolder();
  await using rig = await startOnStore(folder.file, {
    config: { auth: { proxy: PROXY }, store: { url: `sqlite:${folder.file}` } },
  });
  expect((await openPage(rig.url).who()).authenticated).toBe(false);
  const page = openPage(rig.url, { 'x-forwarded-email': ME });
  const made = await page.send('/trpc/keys.create', { input: { name: 'first' } });
  expect(made.data).toMatchObject({ name: 'first', created_by: `proxy:${ME}`, operations: null });
  const { secret } = made.data as { readonly secret: string };
  expect((await ask(rig, '/v1/chat/completions', { key: secret, body: HELLO })).status).toBe(200);
});

test('no cache keeps what a user of the proxy gets, over any door, nor what tRPC answers to a query', async () => {
  await using rig = await start();
  const page = openPage(rig.url, { 'x-forwarded-email': ME });
  for (const path of [
    '/v1/chains/status',
    '/openapi.json',
    '/docs/',
    '/trpc/chains.status',
    '/trpc/nothing',
    '/trpc/sessions.retrieve,chains.status?batch=1',
  ])
    expect([path, (await page.send(path)).headers['cache-control']]).toEqual([path, 'no-store']);
  const { web } = rig.gateway.doors;
  const queries = '/trpc/sessions.retrieve,health.live?batch=1';
  const answer = await web(new Request(`http://app.example${queries}`), { url: queries, mount: {} });
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
});
