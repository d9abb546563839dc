import { describe, expect, test } from 'vitest';
import { type CallerIdentity, GatewayError } from '../../src/index.ts';
import { responder } from '../../src/testing/index.ts';
import { post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { type Mounted, MOUNTS } from '../helpers/mounts.ts';

const KEYS = { caller: 'spillway-key-of-a-caller', admin: 'spillway-key-of-an-admin' };
const KEYED: RigOptions = {
  config: {
    auth: {
      keys: [
        { name: 'one', key: KEYS.caller },
        { name: 'root', key: KEYS.admin, role: 'admin' },
      ],
    },
  },
};

type Headers = Readonly<Record<string, string>>;
type Send = (mounted: Mounted, headers?: Headers) => Promise<Response>;

const get =
  (path: string): Send =>
  ({ url, fetch }, headers = {}) =>
    fetch(url + path, { headers, redirect: 'manual' });
const send =
  (path: string, body: unknown): Send =>
  ({ url, fetch }, headers = {}) =>
    post(fetch, url + path, body, { headers });

const CHAT = send('/v1/chat/completions', HELLO);
const STATUS = get('/v1/chains/status');
const BODY = get('/v1/requests/none/body');

/** A request of each kind that is answered apart. */
const REQUESTS: Readonly<Record<string, Send>> = {
  'a request for an answer': CHAT,
  'a bare path': send('/chat/completions', HELLO),
  'a mutation of tRPC': send('/trpc/chat.completions.create', HELLO),
  'a query of tRPC': get('/trpc/models.list'),
  'a public query of tRPC': get('/trpc/health.live'),
  'a batch of tRPC': send('/trpc/chat.completions.create,chat.completions.create?batch=1', { 0: HELLO, 1: HELLO }),
  'the description': get('/openapi.json'),
  'the page without its slash': get('/docs'),
  'the page': get('/docs/'),
  'a public path': get('/livez'),
  'an admin route': STATUS,
  'an unknown path': get('/nothing'),
  'an unknown procedure': get('/trpc/nothing'),
  'the root': get('/'),
};

async function errorOf(response: Response): Promise<{ readonly code: string; readonly message: string }> {
  const text = await response.text();
  const found = /"code":"([a-z_]+)"/.exec(text)?.[1] ?? '';
  return { code: found, message: text };
}

const bearer = (key: string): Headers => ({ authorization: `Bearer ${key}` });

const lastOf = (rig: Rig) => rig.finished().at(-1);

async function userOfAcme(user: string | undefined): Promise<CallerIdentity | undefined> {
  await Promise.resolve();
  return user === undefined
    ? undefined
    : { principal: { id: user, name: `${user} of the application`, tenant: 'acme' }, tags: ['web', 'beta'] };
}

describe.each(Object.entries(MOUNTS))('%s', (_, mount) => {
  test('without keys and without a function for principals every request is a 401 that names both', async () => {
    await using rig = await startRig([responder({ content: 'never' })]);
    const mounted = await mount(rig);
    for (const [name, request] of Object.entries(REQUESTS)) {
      const response = await request(mounted);
      const { code, message } = await errorOf(response);
      expect([name, response.status, code]).toEqual([name, 401, 'invalid_api_key']);
      expect(message).toMatch(/auth\.keys.*principal/);
    }
    const stream = await send('/trpc/chat.completions.stream', HELLO)(mounted);
    expect(await stream.text()).toContain('"status":401');
    expect(rig.upstreams[0]?.hits).toEqual([]);
    expect(new Set(rig.codes())).toEqual(new Set(['invalid_api_key']));
  });

  test('a key is needed as over HTTP, and a caller’s key opens no admin route', async () => {
    await using rig = await startRig([responder({ content: 'served' })], KEYED);
    const mounted = await mount(rig);
    for (const request of [CHAT, get('/trpc/models.list'), get('/docs/'), STATUS]) {
      expect((await request(mounted)).status).toBe(401);
      expect((await request(mounted, bearer('wrong'))).status).toBe(401);
      expect((await request(mounted, { 'x-api-key': KEYS.admin })).status).toBe(200);
    }
    expect((await CHAT(mounted, bearer(KEYS.caller))).status).toBe(200);
    expect(lastOf(rig)).toMatchObject({ principal: 'one', code: 'ok', tags: [] });
    expect((await STATUS(mounted, bearer(KEYS.caller))).status).toBe(403);
    expect((await get('/livez')(mounted)).status).toBe(200);
    expect(rig.upstreams[0]?.hits.map(({ headers }) => headers['x-api-key'])).toEqual([undefined, undefined]);
  });

  test('the application’s own authentication decides, and its tags are in the record', async () => {
    await using rig = await startRig([responder({ content: 'served' })]);
    const mounted = await mount(rig, { principal: userOfAcme });
    const known = { name: 'alice of the application', keyId: 'alice', tenant: 'acme' };
    for (const request of [CHAT, get('/trpc/models.list'), send('/trpc/chat.completions.create', HELLO)]) {
      expect((await request(mounted, { 'x-user': 'alice' })).status).toBe(200);
      const { name, ...ids } = known;
      expect(lastOf(rig)).toMatchObject({ ...ids, principal: name, tags: ['web', 'beta'] });
      expect((await request(mounted)).status).toBe(401);
    }
    await (await REQUESTS['a batch of tRPC']!(mounted, { 'x-user': 'bob' })).text();
    expect(rig.finished().slice(-2)).toMatchObject([
      { keyId: 'bob', tags: ['web', 'beta'] },
      { keyId: 'bob', tags: ['web', 'beta'] },
    ]);
    expect((await STATUS(mounted, { 'x-user': 'alice' })).status).toBe(403);
  });

  test('an admin of the application reads bodies where its identity says so', async () => {
    await using rig = await startRig([{}]);
    let reads: boolean | undefined;
    const mounted = await mount(rig, { principal: () => ({ principal: { id: 'ops', role: 'admin', bodies: reads } }) });
    const codes = [];
    for (reads of [undefined, false, true]) codes.push((await errorOf(await BODY(mounted))).code);
    expect(codes).toEqual(['forbidden', 'forbidden', 'not_found']);
  });

  test('a function that identifies nobody lets the key decide', async () => {
    await using rig = await startRig([responder({ content: 'served' })], KEYED);
    const mounted = await mount(rig, { principal: () => undefined });
    expect((await CHAT(mounted, { 'x-api-key': KEYS.caller })).status).toBe(200);
    expect((await CHAT(mounted)).status).toBe(401);
  });

  test.each([
    ['throws', () => Promise.reject(new TypeError('no session at db.internal, key sk-upstream-secret-0123456789'))],
    ['throws at once', () => raise(new Error('no session'))],
    ['throws what has no text', () => raise(Object.create(null))],
    ['returns a reserved name', () => ({ principal: { id: 'internal' } })],
    ['returns the role of the process', () => ({ principal: { id: 'x', role: 'internal' as never } })],
    ['returns a text for a list', () => ({ principal: { id: 'x', chains: 'default' as never } })],
    ['returns no principal', () => ({}) as never],
    ['returns a text for the right to read bodies', () => ({ principal: { id: 'x', bodies: 'no' as never } })],
    ['returns a priority that there is not', () => ({ principal: { id: 'x', priority: 'high' as never } })],
    ['returns the right to read bodies for a viewer', () => ({ principal: { id: 'x', role: 'viewer', bodies: true } })],
  ])('a function that %s is that request’s 500 without a detail, reported with its id', async (__, principal) => {
    await using rig = await startRig([responder({ content: 'never' })]);
    const mounted = await mount(rig, { principal });
    const response = await CHAT(mounted);
    const { code, message } = await errorOf(response);
    expect([response.status, code]).toEqual([500, 'internal_error']);
    expect(message).not.toMatch(/session|principal|internal'/);
    const id = response.headers.get('x-spillway-request-id');
    const failures = rig.events.filter(({ kind }) => kind === 'identity_failed');
    expect(failures).toMatchObject([{ requestId: id, problem: expect.stringMatching(/./) }]);
    expect(JSON.stringify(failures)).not.toContain('sk-upstream-secret');
    expect(lastOf(rig)).toMatchObject({ requestId: id, status: 500, code: 'internal_error', keyId: 'anonymous' });
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });

  test('a GatewayError of the function is the answer', async () => {
    await using rig = await startRig([responder({ content: 'never' })]);
    const refusal = new GatewayError('invalid_api_key', { message: 'The session has expired.' });
    const mounted = await mount(rig, { principal: () => raise(refusal) });
    const response = await CHAT(mounted);
    expect([response.status, (await errorOf(response)).message.includes('The session has expired.')]).toEqual([
      401,
      true,
    ]);
    expect(rig.events.filter(({ kind }) => kind === 'identity_failed')).toEqual([]);
  });

  test('the signal of an identity ends the upstream', async () => {
    await using rig = await startRig([responder({ content: 'drop '.repeat(500), delay: 5 })]);
    const session = new AbortController();
    const mounted = await mount(rig, { principal: () => ({ principal: { id: 'x' }, signal: session.signal }) });
    const response = await send('/v1/chat/completions', { ...HELLO, stream: true })(mounted);
    const reading = response.text();
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    session.abort();
    await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    expect(await reading.catch(() => 'cut')).not.toContain('[DONE]');
    expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
  });

  test('a client that cancels the body ends the upstream', async () => {
    await using rig = await startRig([responder({ content: 'drop '.repeat(500), delay: 5 })]);
    const mounted = await mount(rig, { principal: () => ({ principal: { id: 'x' } }) });
    for (const [n, path] of ['/v1/chat/completions', '/trpc/chat.completions.stream'].entries()) {
      const body = path.startsWith('/v1') ? { ...HELLO, stream: true } : HELLO;
      const reader = (await send(path, body)(mounted)).body?.getReader();
      await reader?.read();
      await reader?.cancel();
      await rig.upstreams[0]?.until(({ hits }) => hits[n]?.closedAt !== undefined);
      expect(await rig.ended(n)).toMatchObject({ code: 'client_closed' });
    }
  });

  test('the page and its script are served, and lead to the description below the same prefix', async () => {
    await using rig = await startRig([{}], KEYED);
    const mounted = await mount(rig);
    const key = { 'x-api-key': KEYS.caller };
    const redirect = await get('/docs')(mounted, key);
    expect([redirect.status, redirect.headers.get('location')]).toEqual([301, 'docs/']);
    const page = await get('/docs/')(mounted, key);
    expect(await page.text()).toContain('"url": "../openapi.json"');
    expect(await (await get('/openapi.json')(mounted, key)).json()).toMatchObject({ openapi: expect.any(String) });
    const head = await mounted.fetch(`${mounted.url}/docs/js/scalar.js`, { method: 'HEAD', headers: key });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await get('/docs/nothing')(mounted, key)).status).toBe(404);
  });
});

function raise(error: unknown): never {
  throw error;
}
