import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { responder } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { openPage, type Page } from '../helpers/page.ts';
import { type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { ADMIN_KEY, ask, startOnStore } from '../helpers/store-gateway.ts';
import { temporaryFolder } from '../helpers/store.ts';

const [ADMIN, VIEWER, CALLER] = ['key-of-the-admin-01234567', 'key-of-a-viewer-012345678', 'key-of-a-caller-012345678'];
const HOUR = 3600_000;

const BOSS = { name: 'boss', key: ADMIN, role: 'admin' as const };
const LOOKER = { name: 'looker', key: VIEWER, role: 'viewer' as const, tenant: 'acme' };
const KEYS = [BOSS, LOOKER, { name: 'app', key: CALLER }];

function start(options: RigOptions & { readonly server?: object } = {}): Promise<Rig> {
  const { server = {}, ...others } = options;
  return startRig([responder({ content: 'Hi' })], {
    ...others,
    config: { auth: { keys: KEYS }, tenants: { acme: null }, server, ...others.config },
  });
}

async function loggedIn(rig: Rig, key = ADMIN): Promise<Page> {
  const page = openPage(rig.url);
  expect((await page.logIn(key)).status).toBe(200);
  return page;
}

describe('logging in', () => {
  test('gives the browser a session in a cookie, which is the key for tRPC', async () => {
    const clock = fakeClock();
    await using rig = await start({ clock });
    const page = openPage(rig.url);
    expect(await page.who()).toEqual({
      object: 'session',
      authenticated: false,
      via: null,
      role: null,
      name: null,
      key_id: null,
      tenant: null,
      expires_at: null,
      login: { possible: true, problem: null },
      version: null,
      store: null,
      trace_link: null,
    });
    const answer = await page.logIn(VIEWER);
    const session = {
      object: 'session',
      authenticated: true,
      via: 'session',
      role: 'viewer',
      name: 'looker',
      key_id: 'looker',
      tenant: 'acme',
      expires_at: clock.now() + 12 * HOUR,
      login: { possible: true, problem: null },
      version: expect.stringMatching(/^\d/) as string,
      store: 'none',
      trace_link: null,
    };
    expect([answer.status, answer.data]).toEqual([200, session]);
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^spillway_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
      ) as string,
    ]);
    expect(await page.who()).toEqual(session);
    expect((await page.send('/trpc/chains.status')).status).toBe(200);
    expect((await page.send('/trpc/audit.list')).code).toBe('forbidden');
  });

  test('a session may call models over tRPC, as its key', async () => {
    await using rig = await start();
    const page = await loggedIn(rig);
    const answer = await page.send('/trpc/chat.completions.create', { input: HELLO });
    expect([answer.status, answer.text.includes('Hi')]).toEqual([200, true]);
    expect(rig.finished().at(-1)).toMatchObject({ operation: 'chat.completions.create', keyId: 'boss' });
  });

  test('needs the role viewer or admin, and says so', async () => {
    await using rig = await start();
    const page = openPage(rig.url);
    expect(await page.logIn(CALLER)).toMatchObject({
      status: 403,
      code: 'forbidden',
      message: 'Log in with a key that has the role viewer or admin; this one has the role caller.',
    });
    expect(page.cookies.size).toBe(0);
  });

  test('counts guesses as for any key, and a blocked address may still log in with a known one', async () => {
    await using rig = await start();
    const page = openPage(rig.url);
    for (let n = 0; n < 30; n++) expect((await page.logIn(`guess-${n}`)).code).toBe('invalid_api_key');
    expect(await page.logIn('guess-30')).toMatchObject({ status: 429, code: 'too_many_failures' });
    expect((await page.logIn(ADMIN)).status).toBe(200);
    expect((await page.who()).via).toBe('session');
  });

  test('an empty, expired or mistyped key is refused', async () => {
    const clock = fakeClock(Date.parse('2027-01-01'));
    const keys = [
      ...KEYS,
      { name: 'old', key: 'an-old-key-0123456789abc', role: 'admin' as const, expires: '2026-12-31' },
    ];
    await using rig = await start({ clock, config: { auth: { keys } } });
    const page = openPage(rig.url);
    const codes = [];
    for (const key of ['', 'an-old-key-0123456789abc', `sp_${'0'.repeat(36)}`])
      codes.push((await page.logIn(key)).code);
    expect(codes).toEqual(['invalid_request', 'key_expired', 'invalid_api_key']);
  });

  test('another login of the same browser ends its former session', async () => {
    await using rig = await start();
    const page = await loggedIn(rig);
    const former = new Map(page.cookies);
    await page.logIn(VIEWER);
    expect((await page.who()).role).toBe('viewer');
    for (const [name, value] of former) page.cookies.set(name, value);
    expect((await page.who()).authenticated).toBe(false);
  });

  test('cannot be in a batch, whose head has no cookie', async () => {
    await using rig = await start();
    const page = openPage(rig.url);
    const calls = { 0: { key: ADMIN }, 1: { key: ADMIN } };
    const answer = await page.send('/trpc/sessions.create,sessions.create?batch=1', { input: calls });
    expect([answer.status, answer.code]).toEqual([400, 'invalid_request']);
    expect((await page.send('/trpc/sessions.create?batch=1', { input: { 0: { key: ADMIN } } })).status).toBe(200);
    expect((await page.who()).via).toBe('session');
  });

  test('neither key nor cookie is in an event, and the session is in no store by its value', async () => {
    using folder = temporaryFolder();
    await using rig = await startOnStore(folder.file);
    const page = await loggedIn(rig, ADMIN_KEY);
    const [value = ''] = page.cookies.values();
    const audit = JSON.stringify((await ask(rig, '/v1/audit')).body);
    expect(audit).toContain('sessions.create');
    for (const secret of [value, ADMIN_KEY])
      expect(JSON.stringify(rig.events).includes(secret) || audit.includes(secret)).toBe(false);
  });

  test('a gateway without keys has nothing to log in to', async () => {
    await using rig = await startRig([responder({ content: 'Hi' })]);
    const page = openPage(rig.url);
    expect(await page.who()).toMatchObject({
      authenticated: true,
      via: 'local',
      role: 'admin',
      login: { possible: false },
    });
    expect(await page.logIn(ADMIN)).toMatchObject({ status: 400, code: 'invalid_request' });
  });
});

describe('the connection', () => {
  const FROM_PROXY = { host: 'llm.example', origin: 'https://llm.example', 'x-forwarded-proto': 'https' };

  test.each<[string, object, Record<string, string>]>([
    ['from the network', {}, { host: 'llm.example', origin: 'http://llm.example' }],
    ['through a proxy on the same machine', {}, { 'x-forwarded-for': '192.0.2.1' }],
    ['through a proxy that is not trusted', {}, { ...FROM_PROXY, origin: 'http://llm.example' }],
    [
      'from a trusted proxy that was reached so',
      { trustProxy: true },
      { ...FROM_PROXY, origin: 'http://llm.example', 'x-forwarded-proto': 'http' },
    ],
    ['at a public URL without TLS', { publicUrl: 'http://llm.example' }, { origin: 'http://llm.example' }],
  ])('a login by plain HTTP %s is refused, with what to do', async (_, server, headers) => {
    await using rig = await start({ server });
    const page = openPage(rig.url, headers);
    expect(await page.logIn(ADMIN)).toMatchObject({ status: 400, code: 'insecure_connection' });
    const { login } = await page.who();
    expect([login.possible, login.problem]).toEqual([false, expect.stringContaining('server.publicUrl') as string]);
    expect(page.cookies.size).toBe(0);
  });

  test.each([
    [
      'the public URL',
      { publicUrl: 'https://llm.example/gateway' },
      { host: 'inner:4141', origin: 'https://llm.example' },
    ],
    ['a trusted proxy', { trustProxy: ['127.0.0.1'] }, FROM_PROXY],
  ])('behind TLS, as %s shows, the cookie is for this host alone', async (_, server, headers) => {
    await using rig = await start({ server });
    const page = openPage(rig.url, { ...headers, 'x-forwarded-for': '192.0.2.7' });
    const answer = await page.logIn(ADMIN);
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-spillway=[\w-]{43}; .*Path=\/; HttpOnly; SameSite=Strict; Secure$/) as string,
    ]);
    expect((await page.who()).via).toBe('session');
    // The other name is not that of a cookie that only this host can set.
    page.cookies.set('spillway_session', page.cookies.get('__Host-spillway') ?? '');
    page.cookies.delete('__Host-spillway');
    expect((await page.who()).authenticated).toBe(false);
  });

  test('the name for TLS counts for nothing without TLS', async () => {
    await using rig = await start();
    const page = await loggedIn(rig);
    page.cookies.set('__Host-spillway', page.cookies.get('spillway_session') ?? '');
    page.cookies.delete('spillway_session');
    expect((await page.who()).authenticated).toBe(false);
  });

  test('a public URL at loopback is enough where the connection is from elsewhere, as in a container', async () => {
    await using rig = await start({ server: { publicUrl: 'http://localhost:8080' } });
    const page = openPage(rig.url, { host: 'localhost:8080', origin: 'http://localhost:8080', via: '1.1 docker' });
    expect((await page.logIn(ADMIN)).status).toBe(200);
    expect([...page.cookies.keys()]).toEqual(['spillway_session']);
    expect((await page.who()).via).toBe('session');
  });

  test('a page of another origin cannot log in', async () => {
    await using rig = await start();
    for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { origin: 'null' }])
      expect((await openPage(rig.url, headers).logIn(ADMIN)).code).toBe('forbidden_origin');
  });
});

describe('a cookie', () => {
  let rig: Rig;
  beforeAll(async () => void (rig = await start()));
  afterAll(() => rig[Symbol.asyncDispose]());

  test.each([
    ['without Sec-Fetch-Site', { 'sec-fetch-site': undefined }],
    ['of another site', { 'sec-fetch-site': 'cross-site' }],
    ['of a sibling site', { 'sec-fetch-site': 'same-site' }],
    ['of no page', { 'sec-fetch-site': 'none' }],
    ['with another origin', { origin: 'http://evil.example' }],
    ['with another port', { origin: 'http://127.0.0.1:1' }],
    ['with another scheme', { origin: 'https://127.0.0.1' }],
  ])('%s is none', async (_, headers) => {
    const page = await loggedIn(rig);
    expect((await page.who(headers)).authenticated).toBe(false);
    expect(await page.send('/trpc/chains.status', { headers })).toMatchObject({ status: 401, code: 'invalid_api_key' });
  });

  test('is none for a POST without the header of the dashboard, and needs no Origin', async () => {
    const page = await loggedIn(rig);
    const post = (headers: Record<string, string | undefined>) =>
      page.send('/trpc/chat.completions.create', { input: HELLO, headers });
    expect((await post({ 'x-spillway-dashboard': undefined })).status).toBe(401);
    expect((await post({ 'x-spillway-dashboard': '0' })).status).toBe(401);
    expect((await post({ origin: undefined })).status).toBe(200);
  });

  test('never counts for REST, nor for the documents of an API', async () => {
    const page = await loggedIn(rig);
    const hits = rig.upstreams[0]?.hits.length;
    expect((await page.send('/v1/chains/status')).status).toBe(401);
    expect((await page.send('/v1/chat/completions', { input: HELLO })).status).toBe(401);
    expect((await page.send('/metrics')).status).toBe(401);
    expect(rig.upstreams[0]?.hits).toHaveLength(hits ?? 0);
  });

  test('yields to a key in the same request, even to a wrong one', async () => {
    const page = await loggedIn(rig);
    expect(await page.who({ authorization: `Bearer ${CALLER}` })).toMatchObject({
      via: 'key',
      role: 'caller',
      name: 'app',
    });
    expect((await page.send('/trpc/chains.status', { headers: { 'x-api-key': 'wrong' } })).status).toBe(401);
    expect((await page.send('/trpc/chains.status', { headers: { authorization: 'Basic eDp5' } })).status).toBe(200);
  });

  test('is refused where there are two of its name', async () => {
    const page = await loggedIn(rig);
    const [[name, value] = ['', '']] = page.cookies;
    const cookie = `other=1; ${name}=${value}`;
    expect((await page.send('/trpc/chains.status', { headers: { cookie } })).status).toBe(200);
    const two = await page.send('/trpc/chains.status', { headers: { cookie: `${cookie}; ${name}=x` } });
    expect([two.status, two.code]).toEqual([400, 'invalid_request']);
    expect((await page.who({ cookie: `${cookie}; ${name}=${value}` })).authenticated).toBe(false);
  });

  test('of no session is none, whatever its form', async () => {
    const page = openPage(rig.url);
    for (const value of ['', 'x', 'A'.repeat(43), `${'A'.repeat(42)}%`]) {
      page.cookies.set('spillway_session', value);
      expect((await page.send('/trpc/chains.status')).status).toBe(401);
    }
  });
});

describe('a session ends', () => {
  test('12 hours after its last use, and 7 days after its login', async () => {
    const clock = fakeClock();
    await using rig = await start({ clock });
    const [idle, used] = [await loggedIn(rig), await loggedIn(rig)];
    clock.advance(12 * HOUR - 1);
    expect((await used.who()).authenticated).toBe(true);
    clock.advance(1);
    expect([(await idle.who()).authenticated, (await used.who()).authenticated]).toEqual([false, true]);
    for (let hours = 24; hours < 7 * 24; hours += 8) {
      clock.advance(8 * HOUR);
      expect((await used.who()).authenticated).toBe(true);
    }
    expect((await used.who()).expires_at).toBe(1_000_000 + 7 * 24 * HOUR);
    clock.advance(12 * HOUR - 1);
    expect((await used.who()).authenticated).toBe(true);
    clock.advance(1);
    expect((await used.who()).authenticated).toBe(false);
  });

  test('when it is deleted, whose cookie is then taken; another deletion changes nothing', async () => {
    await using rig = await start();
    const [page, other] = [await loggedIn(rig), await loggedIn(rig)];
    const copy = new Map(page.cookies);
    const answer = await page.send('/trpc/sessions.delete', { input: undefined });
    expect([answer.status, answer.data]).toEqual([200, { object: 'session.deleted', deleted: true }]);
    expect(answer.headers['set-cookie']).toEqual(['spillway_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict']);
    for (const [name, value] of copy) page.cookies.set(name, value);
    expect([(await page.who()).authenticated, (await other.who()).authenticated]).toEqual([false, true]);
    expect((await page.send('/trpc/sessions.delete', { input: undefined })).status).toBe(200);
  });

  test('with a subscription that is open under it', async () => {
    await using rig = await start();
    const page = await loggedIn(rig);
    const cookie = [...page.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const watching = await fetch(`${rig.url}/trpc/limits.watch`, {
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
    });
    expect(watching.status).toBe(200);
    await page.send('/trpc/sessions.delete', { input: undefined });
    expect(await watching.text()).toContain('key_revoked');
  });

  test('by time, with a subscription that is open under it', async () => {
    const clock = fakeClock();
    await using rig = await start({ clock });
    const page = await loggedIn(rig);
    const cookie = [...page.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const watching = await fetch(`${rig.url}/trpc/limits.watch`, {
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
    });
    clock.advance(12 * HOUR + 1000);
    expect(await watching.text()).toContain('key_revoked');
  });

  test('with its key: removed from the file, expired, or with a lower role', async () => {
    const clock = fakeClock(Date.parse('2027-01-01'));
    const auth = {
      keys: [
        ...KEYS,
        { name: 'soon', key: 'a-key-until-tomorrow-0123', role: 'admin' as const, expires: '2027-01-01T06:00:00Z' },
      ],
    };
    await using rig = await start({ clock, config: { auth } });
    const [boss, looker, soon] = [
      await loggedIn(rig),
      await loggedIn(rig, VIEWER),
      await loggedIn(rig, 'a-key-until-tomorrow-0123'),
    ];
    expect((await soon.who()).expires_at).toBe(Date.parse('2027-01-01T06:00:00Z'));
    clock.advance(6 * HOUR);
    expect((await soon.who()).authenticated).toBe(false);
    const serve = (keys: readonly object[]) =>
      rig.gateway.reload({
        providers: { a: { baseUrl: 'http://127.0.0.1:1', apiKey: 'x' } },
        chains: { default: { entries: ['a/m'] } },
        tenants: { acme: null },
        auth: { keys: keys as typeof KEYS },
      });
    await serve([{ ...BOSS, role: 'viewer' }, LOOKER]);
    expect([(await boss.who()).authenticated, (await looker.who()).authenticated]).toEqual([false, true]);
    await serve([BOSS]);
    expect([(await boss.who()).authenticated, (await looker.who()).authenticated]).toEqual([true, false]);
    await serve([{ ...BOSS, key: 'another-key-of-the-same-name' }]);
    expect((await boss.who()).authenticated).toBe(false);
  });

  test('with its key in the store: revoked, or whose secret was replaced', async () => {
    using folder = temporaryFolder();
    await using rig = await startOnStore(folder.file);
    const make = async (name: string) => (await ask(rig, '/v1/keys', { body: { name, role: 'viewer' } })).body;
    const [one, two] = [await make('one'), await make('two')];
    const pages = [await loggedIn(rig, one.secret), await loggedIn(rig, two.secret)];
    expect(await pages[0]?.who()).toMatchObject({ key_id: one.id, store: 'up' });
    await ask(rig, `/v1/keys/${one.id}/revoke`, { method: 'POST' });
    await ask(rig, `/v1/keys/${two.id}/rotate`, { method: 'POST' });
    for (const page of pages) expect((await page.who()).authenticated).toBe(false);
  });
});

describe('sessions in a store', () => {
  test('outlive the process, and their making and ending are audited without a secret', async () => {
    using folder = temporaryFolder();
    const first = await startOnStore(folder.file);
    const { cookies } = await loggedIn(first, ADMIN_KEY);
    await first[Symbol.asyncDispose]();
    await using rig = await startOnStore(folder.file);
    const moved = openPage(rig.url);
    for (const [name, value] of cookies) moved.cookies.set(name, value);
    expect((await moved.who()).via).toBe('session');
    await moved.send('/trpc/sessions.delete', { input: undefined });
    const audit = (await ask(rig, '/v1/audit')).body.data;
    expect(audit.map(({ action, target, via }) => ({ action, target, via }))).toEqual([
      { action: 'sessions.delete', target: 'root', via: 'api' },
      { action: 'sessions.create', target: 'root', via: 'api' },
    ]);
  });

  test('made or ended at one gateway are known at the other within auth.sync', async () => {
    using folder = temporaryFolder();
    const clock = fakeClock();
    await using one = await startOnStore(folder.file, { auth: { sync: '100ms' } });
    await using two = await startOnStore(folder.file, { clock, auth: { sync: '100ms' } });
    const page = await loggedIn(one, ADMIN_KEY);
    const there = openPage(two.url);
    for (const [name, value] of page.cookies) there.cookies.set(name, value);
    // The clock of the other one stands still: it has read nothing yet.
    expect((await there.who()).authenticated).toBe(false);
    const known = async (expected: boolean): Promise<void> => {
      do clock.advance(100);
      while ((await there.who()).authenticated !== expected);
    };
    await known(true);
    await page.send('/trpc/sessions.delete', { input: undefined });
    await known(false);
  });
});
