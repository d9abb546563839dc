import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import type { ConfigCheck } from '../../src/domain/config-view.ts';
import type { AuditEntry } from '../../src/domain/key-record.ts';
import type { RecentUsage } from '../../src/domain/recent-usage.ts';
import type { UsageGroup, UsageSummary } from '../../src/domain/usage-summary.ts';
import { chunk, openaiError, responder } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { batchOf } from '../helpers/records.ts';
import { type Folder, open, openRaw, temporaryFolder } from '../helpers/store.ts';

const KEYS = {
  admin: 'key-of-the-admin',
  viewer: 'key-of-a-viewer',
  one: 'key-of-the-first-caller',
  two: 'key-of-the-other-caller',
};
type Name = keyof typeof KEYS;
const AUTH = {
  keys: [
    { name: 'admin', key: KEYS.admin, role: 'admin' as const },
    { name: 'viewer', key: KEYS.viewer, role: 'viewer' as const },
    { name: 'one', key: KEYS.one },
    { name: 'two', key: KEYS.two },
  ],
};

const keyed = (scripts: Parameters<typeof startRig>[0], config: RigOptions['config'] = {}, rest: RigOptions = {}) =>
  startRig(scripts, { ...rest, config: { auth: AUTH, ...config } });

const as = (name: Name) => ({ authorization: `Bearer ${KEYS[name]}` });

/** An answer of these routes, as far as the tests read it. */
interface Body extends UsageSummary {
  readonly data: readonly (UsageSummary['data'][number] & { readonly id: string; readonly target: string })[];
  readonly next: number | null;
  readonly error: { readonly code: string };
}

async function get(rig: Rig, path: string, name: Name = 'viewer'): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${rig.url}${path}`, { headers: as(name) });
  return { status: response.status, body: (await response.json()) as Body };
}

const ask = (rig: Rig, name: Name, model = 'default') =>
  post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, model }, { headers: as(name) }).then((each) => each.text());

/** Sums of a summary's rows, money in billionths. */
function totalOf({ data }: UsageSummary) {
  const sum = (of: (row: UsageSummary['data'][number]) => number): number =>
    data.reduce((all, row) => all + of(row), 0);
  return {
    requests: sum((row) => row.requests),
    input: sum((row) => row.input_tokens),
    nano: sum((row) => Math.round(row.cost_usd * 1e9)),
    unknown: sum((row) => row.unknown),
  };
}

const principal = (id: string, tenant: string, role: 'caller' | 'viewer' = 'caller') => ({
  id,
  name: id,
  role,
  tenant,
  chains: undefined,
  models: undefined,
  operations: undefined,
});

const entry = (n: number, tenant = ''): AuditEntry => ({
  at: 1_800_000_000_000 + n,
  actorId: n % 2 === 0 ? 'key_even' : 'key_odd',
  actorName: 'ops',
  via: 'api',
  action: n === 3 ? 'keys.revoke' : 'keys.create',
  target: `key_${n}`,
  tenant,
  before: undefined,
  after: { name: `n${n}` },
  requestId: undefined,
  remote: '10.0.0.7',
});

const PRICED = { models: { 'model-a': { price: { input: 3, output: 15 } } } };

describe('usage.summary', () => {
  test('sums what was used at once, by any labels, and by each of them the total is the same', async () => {
    await using rig = await keyed(
      [responder({ content: 'hi' })],
      {},
      { provider: { models: { ...PRICED.models, 'model-x': null } } },
    );
    for (const [name, model] of [
      ['one', 'default'],
      ['one', 'a/model-x'],
      ['two', 'default'],
      ['two', 'default'],
    ] as const)
      await ask(rig, name, model);
    const total = totalOf((await get(rig, '/v1/usage')).body);
    expect(total).toMatchObject({ requests: 4, unknown: 1 });
    expect(total.nano).toBeGreaterThan(0);
    const groups: UsageGroup[] = ['day', 'key', 'tenant', 'chain', 'provider', 'model'];
    const hours = ['hour', 'code', 'hour,tenant,chain,provider,model,code', 'day,code'];
    for (const by of [...groups, groups.join(), 'key,model', 'model&by=day', ...hours]) {
      const { status, body } = await get(rig, `/v1/usage?by=${by}`);
      expect([status, totalOf(body)]).toEqual([200, total]);
      expect(body.total.requests).toBe(4);
    }
    const { body } = await get(rig, '/v1/usage?by=key,model');
    expect(body.data.map((row) => [row.key, row.model, row.requests])).toEqual([
      ['two', 'model-a', 2],
      ['one', 'model-a', 1],
      ['one', 'model-x', 1],
    ]);
    const cut = (await get(rig, '/v1/usage?by=key,model&limit=1')).body;
    expect([cut.data.length, cut.has_more, cut.total]).toEqual([1, true, body.total]);
    const typed = await createClient({ url: rig.url, apiKey: KEYS.viewer }).usage.summary({ by: ['key', 'model'] });
    expect(typed).toEqual(body);
    expect(await rig.gateway.caller.usage.summary({ by: ['key', 'model'] })).toEqual(body);
  });

  test('a caller sees its own key only, whatever it asks for', async () => {
    await using rig = await keyed([responder({ content: 'hi' })]);
    await ask(rig, 'one');
    await ask(rig, 'two');
    for (const [query, keys] of [
      ['', ['one']],
      ['&key=one', ['one']],
      ['&key=two', []],
      ['&tenant=acme', []],
    ] as const) {
      const { status, body } = await get(rig, `/v1/usage?by=key${query}`, 'one');
      expect([status, body.data.map((row) => row.key)]).toEqual([200, keys]);
      expect(body.total.requests).toBe(keys.length);
    }
    expect((await get(rig, '/v1/usage?by=key&key=two')).body.total.requests).toBe(1);
  });

  test('a viewer of a tenant sees its tenant only, whatever it asks for', async () => {
    await using rig = await startRig([responder({ content: 'hi' })]);
    const send = (who: ReturnType<typeof principal>, path: string, body?: object): Promise<Response> =>
      rig.gateway.fetchAs(who)(
        `http://spillway${path}`,
        body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
      );
    await (await send(principal('a', 'acme'), '/v1/chat/completions', HELLO)).text();
    await (await send(principal('b', 'other'), '/v1/chat/completions', HELLO)).text();
    const viewer = principal('v', 'acme', 'viewer');
    for (const [query, tenants] of [
      ['', ['acme']],
      ['&tenant=acme', ['acme']],
      ['&tenant=other', []],
      ['&key=b', []],
    ] as const) {
      const body = (await (await send(viewer, `/v1/usage?by=tenant${query}`)).json()) as Body;
      expect(body.data.map((row) => row.tenant)).toEqual(tenants);
    }
    expect((await send(viewer, '/v1/config')).status).toBe(403);
    expect((await send(principal('x', '', 'viewer'), '/v1/config')).status).toBe(200);
  });

  test.each([
    ['by=hour,day', 'by', /both hour and day/],
    ['by=hour,key', 'by', /not summed by key/],
    ['by=code&key=one', 'by', /not summed by key/],
    ['by=user', 'by.0', /must be one of hour, day, key/],
    ['by=key,key', 'by', /only once/],
    ['from=2026-02-30', 'from', /must be a date/],
    ['to=yesterday', 'to', /must be a date/],
    ['from=2026-11-02&to=2026-11-02', 'to', /later/],
    ['time_zone=Europe/Berlin', 'time_zone', /must be UTC/],
    ['limit=0', 'limit', /limit/],
    ['form=2026-11-02', 'form', /Unknown query parameter/],
  ])('%s is a 400 that names it', async (query, param, message) => {
    await using rig = await keyed([responder({ content: 'hi' })]);
    for (const name of ['viewer', 'one'] as const) {
      const { status, body } = await get(rig, `/v1/usage?${query}`, name);
      expect([status, body.error]).toMatchObject([400, { param, message: expect.stringMatching(message) }]);
    }
  });

  test('hours have counts and times of their own, and a tenant sees its own', async () => {
    const clock = fakeClock(1_800_000_000_000);
    await using rig = await keyed([responder({ content: 'hi' })], {}, { clock });
    const as = (tenant: string, role: 'caller' | 'viewer' = 'caller') =>
      rig.gateway.fetchAs(principal('k', tenant, role));
    const now = new Date(clock.now()).toISOString();
    for (const tenant of ['acme', 'other'])
      await (await post(as(tenant), 'http://x/v1/chat/completions', { ...HELLO, stream: true })).text();
    const body = async (query: string, tenant: string) =>
      (await (await as(tenant, 'viewer')(`http://x/v1/usage?by=${query}`)).json()) as UsageSummary;
    const { data, from, to } = await body('hour,tenant', 'acme');
    expect([from, to]).toEqual(['2027-01-14T09:00:00Z', '2027-01-15T09:00:00Z']);
    expect(data).toMatchObject([
      {
        hour: `${now.slice(0, 13)}:00:00Z`,
        tenant: 'acme',
        requests: 1,
        streams: 1,
        attempts: 1,
        failovers: 0,
        first_token_ms: { p50: 25, p95: 48 },
        duration_ms: { p50: 25, p95: 48 },
      },
    ]);
    expect((await body('code', 'other')).data).toMatchObject([{ code: 'ok', requests: 1 }]);
    expect((await body('hour&from=2026-01-01&to=2026-01-02', 'acme')).data).toEqual([]);
    expect(await body('hour&from=2026-01-01', 'acme')).toMatchObject({ error: { param: 'from' } });
  });

  test('instants are widened to whole UTC days, and the answer says which', async () => {
    await using rig = await keyed([responder({ content: 'hi' })]);
    const range = async (query: string) => {
      const { body } = await get(rig, `/v1/usage?${query}`);
      return [body.from, body.to];
    };
    expect(await range('from=2026-11-01T23:59:59Z&to=2026-11-02T00:00:01Z')).toEqual(['2026-11-01', '2026-11-03']);
    expect(await range('from=2026-11-01&to=2026-11-02')).toEqual(['2026-11-01', '2026-11-02']);
    expect(await range('from=2026-11-01T00:30:00%2B02:00&to=2026-11-02')).toEqual(['2026-10-31', '2026-11-02']);
    expect(await range('to=2026-12-31')).toEqual(['2026-12-01', '2026-12-31']);
  });

  test('survives the process in a store, and a store that cannot be read is a 503', async () => {
    using folder = temporaryFolder();
    const store = { url: `sqlite:${folder.file}` as const };
    {
      await using rig = await keyed([responder({ content: 'hi' })], { store });
      await ask(rig, 'one');
    }
    await using rig = await keyed([responder({ content: 'hi' })], { store });
    await ask(rig, 'one');
    expect((await get(rig, '/v1/usage?by=key')).body.data).toMatchObject([{ key: 'one', requests: 2 }]);
    const raw = openRaw(folder.file);
    raw.exec('alter table usage_day rename to elsewhere');
    const { status, body } = await get(rig, '/v1/usage');
    expect([status, body.error.code]).toEqual([503, 'store_unavailable']);
    expect(JSON.stringify(body)).not.toContain(folder.path);
    raw.exec('alter table elsewhere rename to usage_day');
    raw.close();
    await rig.gateway.close();
    const after = openRaw(folder.file);
    expect(after.prepare('select sum(requests) as requests from usage_day').get()).toEqual({ requests: 2 });
    after.close();
  });
});

describe('usage.recent', () => {
  test('has the minutes of this process and what runs now, and a tenant sees its own', async () => {
    const clock = fakeClock(1_800_000_000_000);
    const hanging = { headers: { 'content-type': 'text/event-stream' }, chunks: [chunk({ delta: { content: 'x' } })] };
    await using rig = await startRig(
      [responder({ content: 'hi' }), { ...hanging, end: 'hang' }, { head: false, end: 'hang' }],
      {
        clock,
        provider: PRICED,
      },
    );
    const as = (tenant: string, role: 'caller' | 'viewer' = 'caller') =>
      rig.gateway.fetchAs(principal('k', tenant, role));
    const send = (tenant: string, body: object) =>
      post(as(tenant), 'http://x/v1/chat/completions', { ...HELLO, ...body });
    for (const tenant of ['acme', 'acme', 'other']) await (await send(tenant, {})).text();
    clock.advance(60_000);
    const stream = await send('acme', { model: 'b/model-b', stream: true });
    const client = new AbortController();
    const waiting = post(
      as('other'),
      'http://x/v1/chat/completions',
      { ...HELLO, model: 'c/model-c' },
      { signal: client.signal },
    );
    waiting.catch(() => undefined);
    await rig.upstreams[2]?.until(({ hits }) => hits.length === 1);
    const recent = async (tenant: string): Promise<RecentUsage> =>
      (await (await as(tenant, 'viewer')('http://x/v1/usage/recent')).json()) as RecentUsage;
    const all = await recent('');
    expect(all).toMatchObject({
      object: 'usage.recent',
      since: 1_800_000_000_000,
      data: [
        {
          minute: '2027-01-15T08:00:00Z',
          requests: 3,
          failed: 0,
          duration_ms: { p50: 25, p95: 47 },
          first_token_ms: null,
        },
        { minute: '2027-01-15T08:01:00Z', requests: 0, duration_ms: null },
      ],
      total: { duration_ms: { p50: 25, p95: 47 }, first_token_ms: null },
      in_progress: 2,
      streams_open: 1,
    });
    expect(all.data?.[0]?.cost_usd).toBe((await rig.gateway.caller.usage.summary()).total.cost_usd);
    expect(await rig.gateway.caller.usage.recent()).toEqual(all);
    expect(await createClient({ url: rig.url }).usage.recent()).toEqual(all);
    expect(await recent('acme')).toMatchObject({ data: [{ requests: 2 }, {}], in_progress: 1, streams_open: 1 });
    expect(await recent('other')).toMatchObject({ data: [{ requests: 1 }, {}], in_progress: 1, streams_open: 0 });
    client.abort();
    await stream.body?.cancel();
    await expect.poll(() => rig.codes().filter((code) => code === 'client_closed').length).toBe(2);
    expect(await recent('')).toMatchObject({ data: [{}, { requests: 2, failed: 0 }], in_progress: 0, streams_open: 0 });
  });
});

describe('providers.list', () => {
  test('says how each model works, with its last failures and its price', async () => {
    await using rig = await keyed(
      [openaiError(429, 'Slow down.'), responder({ content: 'hi' })],
      {},
      { providers: { a: PRICED } },
    );
    await ask(rig, 'one');
    const { body } = await get(rig, '/v1/providers');
    expect(body.data).toMatchObject([
      {
        id: 'a/model-a',
        state: 'cooling_down',
        reason: 'throttled',
        retry_at: expect.any(Number),
        running: 0,
        last_minute: { attempts: 1, success_rate: 0 },
        last_hour: { attempts: 1, success_rate: 0 },
        first_token_ms: null,
        last_failures: [{ outcome: 'throttled', status: 429, request_id: rig.finished()[0]?.requestId }],
        price: { input: 3, output: 15, source: 'configured' },
      },
      { id: 'b/model-b', state: 'ready', last_hour: { attempts: 1, success_rate: 1 }, last_failures: [], price: null },
    ]);
    expect(JSON.stringify(body)).not.toContain('Slow down');
  });

  test('counts models that only clients name together', async () => {
    await using rig = await keyed(
      [openaiError(404, 'no', { code: 'model_not_found' })],
      {},
      { provider: { models: { '*': null } } },
    );
    for (let n = 0; n < 3; n++) await ask(rig, 'one', `a/junk-${n}`);
    const { body } = await get(rig, '/v1/providers');
    expect(body.data.map((row) => row.id)).toEqual(['a/model-a', 'a/*']);
    expect(body.data[1]).toMatchObject({ state: null, last_hour: { attempts: 3, success_rate: 0 } });
  });
});

describe('providers.health', () => {
  test('says what became of attempts, over every door, and after a restart', async () => {
    using folder = temporaryFolder();
    const store = { url: `sqlite:${folder.file}` as const };
    const scripts = [openaiError(500, 'down'), responder({ content: 'hi' })];
    {
      await using rig = await keyed(scripts, { store });
      await ask(rig, 'one');
    }
    await using rig = await keyed(scripts, { store });
    await ask(rig, 'one');
    const { status, body } = await get(rig, '/v1/providers/health');
    const row = { hour: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:00:00Z$/), attempts: 2 };
    expect([status, body]).toMatchObject([
      200,
      {
        object: 'list',
        data: [
          { ...row, provider: 'a', model: 'model-a', outcome: 'overloaded' },
          { ...row, provider: 'b', model: 'model-b', outcome: 'answered' },
        ],
        has_more: false,
      },
    ]);
    expect(await createClient({ url: rig.url, apiKey: KEYS.viewer }).providers.health()).toEqual(body);
    expect(await rig.gateway.caller.providers.health({})).toEqual(body);
    expect((await get(rig, '/v1/providers/health?provider=b&model=model-b')).body.data).toHaveLength(1);
    expect((await get(rig, '/v1/providers/health?provider=b&model=model-a')).body.data).toEqual([]);
    expect((await get(rig, '/v1/providers/health', 'one')).status).toBe(403);
    for (const query of ['from=2026-02-30', 'to=yesterday', 'limit=3', 'model='])
      expect((await get(rig, `/v1/providers/health?${query}`)).status).toBe(400);
  });
});

describe('config.retrieve', () => {
  test('shows what is served without its secrets, and the problems of a newer one', async () => {
    const secrets = ['sk-provider-secret-0001', 'header-secret-0002', ...Object.values(KEYS), 'sk-pool-secret-0003'];
    await using rig = await keyed([responder({ content: 'hi' })], {
      providers: {
        a: { baseUrl: 'http://127.0.0.1:9/v1', apiKey: secrets[0], headers: { 'x-a': secrets[1]! } },
        b: { baseUrl: 'http://127.0.0.1:9/v1', apiKeys: [secrets.at(-1)!] },
      },
      chains: { default: { entries: ['a/m', 'b/m'], deadline: '5s' } },
    });
    await rig.gateway.reload({ providers: {}, chains: {} }).catch(() => undefined);
    const { body } = await get(rig, '/v1/config');
    for (const secret of secrets) expect(JSON.stringify(body)).not.toContain(secret);
    expect(body).toMatchObject({
      object: 'config',
      source: 'a value',
      loaded_at: expect.any(Number),
      rejected: { problems: expect.arrayContaining([expect.stringContaining('providers')]) },
      restart: [],
      config: {
        auth: { keys: [{ name: 'admin', key: '***', role: 'admin' }, {}, {}, {}] },
        providers: { a: { apiKey: '***', headers: { 'x-a': '***' } }, b: { apiKeys: ['***'] } },
        chains: {
          default: {
            deadline: 5000,
            entries: [
              { provider: 'a', model: 'm' },
              { provider: 'b', model: 'm' },
            ],
          },
        },
      },
    });
    expect(await rig.gateway.caller.config.retrieve()).toEqual(body);
  });
});

describe('config.check', () => {
  test('shows nothing of a file that the text names, and not whether it exists', async () => {
    await using rig = await keyed([responder({ content: 'hi' })]);
    using folder = temporaryFolder();
    const there = `${folder.path}/secret`;
    writeFileSync(there, 'text-of-a-file-of-this-machine');
    const answers: string[] = [];
    for (const path of [there, `${folder.path}/nowhere`]) {
      const text = `providers: { groq: { preset: groq, apiKey: "\${file:${path}}" } }
chains: { default: { entries: ["groq/\${file:${path}}"] } }
`;
      const response = await post(fetch, `${rig.url}/v1/config/check`, { text }, { headers: as('admin') });
      answers.push((await response.text()).replaceAll(path, 'PATH'));
    }
    expect(answers[0]).toContain('"ok":true,"problems":[]');
    expect(answers[1]).toBe(answers[0]);
    expect(answers.join('')).not.toContain('text-of-a-file');
  });

  test('lists the problems of a text and applies nothing', async () => {
    await using rig = await keyed([responder({ content: 'hi' })]);
    const before = (await get(rig, '/v1/config')).body;
    const check = async (body: object, name: Name = 'admin') => {
      const response = await post(fetch, `${rig.url}/v1/config/check`, body, { headers: as(name) });
      return [response.status, await response.json()];
    };
    const text = 'providers: { groq: { preset: groq } }\nchains: { default: { entries: [grok/m] } }\n';
    const problem = {
      path: 'chains.default.entries[0]',
      message: "unknown provider 'grok'; did you mean 'groq'?",
      line: 2,
    };
    expect(await check({ text })).toEqual([200, { object: 'config.check', ok: false, problems: [problem] }]);
    const [status, changed] = await check({ text: text.replace('grok', 'groq') });
    expect([status, changed]).toMatchObject([
      200,
      { object: 'config.check', ok: true, problems: [], changes_omitted: 0, restart: [] },
    ]);
    const { changes } = changed as ConfigCheck;
    expect(changes).toContainEqual({ path: 'providers.groq.preset', before: null, after: 'groq' });
    expect(changes).toContainEqual({ path: 'chains.default.entries[0].model', before: 'model-a', after: 'm' });
    expect(changes).toContainEqual({ path: 'auth.keys[0].key', before: '***', after: null });
    for (const key of Object.values(KEYS)) expect(JSON.stringify(changes)).not.toContain(key);
    // A secret that stands elsewhere in the text, where nothing marks it as one.
    const misplaced = text.replace('grok/m', `groq/${KEYS.one}`);
    const [, hidden] = await check({ text: `${misplaced}server: { port: 4242 }\n` });
    expect(hidden).toMatchObject({ ok: true, restart: ['server'] });
    expect((hidden as ConfigCheck).changes).toContainEqual({
      path: 'chains.default.entries[0].model',
      before: 'model-a',
      after: '***',
    });
    expect(await check({ text: '{"a":}', format: 'json' })).toMatchObject([
      200,
      { ok: false, problems: [{ line: 1 }] },
    ]);
    expect(await check({ text: 'x'.repeat(262_145) })).toMatchObject([400, { error: { param: 'text' } }]);
    expect(await check({ text, format: 'toml' })).toMatchObject([400, { error: { param: 'format' } }]);
    expect((await check({ text }, 'viewer'))[0]).toBe(403);
    expect((await get(rig, '/v1/config')).body).toEqual(before);
  });
});

/** A gateway over a store with five entries, of which the last two are of the tenant acme. */
async function rigWithAudit(folder: Folder): Promise<Rig> {
  const store = await open(folder.file);
  const audit = [1, 2, 3, 4, 5].map((n) => entry(n, n > 3 ? 'acme' : ''));
  await store.records.write(batchOf({ audit }));
  await store[Symbol.asyncDispose]();
  return keyed([], {
    providers: { a: { baseUrl: 'http://127.0.0.1:9/v1' } },
    chains: { c: { entries: ['a/m'] } },
    defaults: undefined,
    store: { url: `sqlite:${folder.file}` },
  });
}

describe('audit.list', () => {
  test('lists changes page by page, the newest first', async () => {
    using folder = temporaryFolder();
    await using rig = await rigWithAudit(folder);
    const targets: string[] = [];
    let before = '';
    for (let page = 0; page < 3; page++) {
      const { status, body } = await get(rig, `/v1/audit?limit=2${before}`, 'admin');
      expect([status, body.has_more]).toEqual([200, page < 2]);
      targets.push(...body.data.map((each) => each.target));
      before = `&before=${body.next}`;
    }
    expect(targets).toEqual(['key_5', 'key_4', 'key_3', 'key_2', 'key_1']);
    expect((await get(rig, '/v1/audit?target=key_5', 'admin')).body.data).toEqual([
      {
        no: expect.any(Number),
        object: 'audit.entry',
        at: 1_800_000_000_005,
        actor: { id: 'key_odd', name: 'ops' },
        via: 'api',
        action: 'keys.create',
        target: 'key_5',
        tenant: 'acme',
        before: null,
        after: { name: 'n5' },
        request_id: null,
        remote: '10.0.0.7',
      },
    ]);
  });

  test.each([
    ['actor=key_even', ['key_4', 'key_2']],
    ['action=keys.revoke', ['key_3']],
    ['tenant=acme', ['key_5', 'key_4']],
    ['tenant=acme&actor=key_odd', ['key_5']],
    ['target=nothing', []],
  ])('%s filters', async (query, targets) => {
    using folder = temporaryFolder();
    await using rig = await rigWithAudit(folder);
    const { body } = await get(rig, `/v1/audit?${query}`, 'admin');
    expect(body.data.map((each) => each.target)).toEqual(targets);
  });

  test('an admin of a tenant sees that tenant’s only, whatever it asks for', async () => {
    using folder = temporaryFolder();
    await using rig = await rigWithAudit(folder);
    const fetchLike = rig.gateway.fetchAs({
      id: 't',
      name: 't',
      role: 'admin',
      tenant: 'acme',
      chains: undefined,
      models: undefined,
      operations: undefined,
    });
    for (const [query, targets] of [
      ['', ['key_5', 'key_4']],
      ['?tenant=acme', ['key_5', 'key_4']],
      ['?tenant=other', []],
      ['?target=key_1', []],
    ] as const) {
      const body = (await (await fetchLike(`http://spillway/v1/audit${query}`)).json()) as Body;
      expect(body.data.map((each) => each.target)).toEqual(targets);
    }
  });
});
