import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import type { RequestList, RequestRecord, TailedRequest } from '../../client/index.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { chatCompletion, openaiError } from '../../src/testing/index.ts';
import { post, type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { principalOf } from '../helpers/principal.ts';
import { temporaryFolder } from '../helpers/store.ts';

const KEYS = { admin: 'key-of-the-admin-0123', viewer: 'key-of-a-viewer-0123', one: 'key-of-caller-one-0123' };
type Name = keyof typeof KEYS;
const CONFIG: RigOptions['config'] = {
  auth: {
    keys: [
      { name: 'admin', key: KEYS.admin, role: 'admin' },
      { name: 'viewer', key: KEYS.viewer, role: 'viewer' },
      { name: 'one', key: KEYS.one },
    ],
  },
};
const FAILS = openaiError(500, 'The model of ann@example.com is down');
const OK = chatCompletion({ content: 'ok' });

interface Body extends RequestList, Omit<RequestRecord, 'object'> {
  readonly error: { readonly code: string; readonly param: string; readonly message: string };
}

async function get(
  rig: Pick<Rig, 'url'>,
  path: string,
  name: Name = 'viewer',
): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${rig.url}/v1/requests${path}`, { headers: { authorization: `Bearer ${KEYS[name]}` } });
  return { status: response.status, body: (await response.json()) as Body };
}

async function ask(rig: Pick<Rig, 'url'>, body: object = {}, headers: Record<string, string> = {}): Promise<Response> {
  const response = await post(
    fetch,
    `${rig.url}/v1/chat/completions`,
    { ...HELLO, ...body },
    {
      headers: { authorization: `Bearer ${KEYS.one}`, ...headers },
    },
  );
  await response.text();
  return response;
}

describe('a gateway without a store', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig([FAILS, OK], { config: CONFIG });
    await ask(
      rig,
      { user: 'ann@example.com' },
      { 'x-spillway-tags': 'team=search, job=nightly', 'x-request-id': 'mine' },
    );
    await ask(rig, { model: 'none' }, { 'x-request-id': 'mine' });
    await ask(rig, {}, { authorization: 'Bearer wrong' });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  test('lists requests with their trail, the newest first, and nothing of a prompt or of the providers', async () => {
    const { status, body } = await get(rig, '');
    expect([status, body.object, body.has_more, body.next, body.searched_to]).toEqual([200, 'list', false, null, null]);
    expect(body.data.map(({ code, key }) => [code, key])).toEqual([
      ['invalid_api_key', 'anonymous'],
      ['model_not_found', 'one'],
      ['ok', 'one'],
    ]);
    expect(body.data[2]).toMatchObject({
      object: 'request',
      client_request_id: 'mine',
      user: expect.stringMatching(/^user_[\w-]{22}$/) as string,
      tags: ['team=search', 'job=nightly'],
      door: 'rest',
      operation: 'chat.completions.create',
      chain: 'default',
      provider: 'b',
      model: 'model-b',
      status: 200,
      attempts: 2,
      usage: { input_tokens: 9, output_tokens: 12, source: 'provider' },
      trail: [
        { provider: 'a', outcome: 'overloaded', status: 500 },
        { provider: 'b', outcome: 'answered' },
      ],
      trail_omitted: 0,
    });
    const text = JSON.stringify(body);
    for (const secret of ['ann@example.com', 'Hello', 'is down', KEYS.one, 'sk-upstream'])
      expect(text).not.toContain(secret);
  });

  test.each([
    ['?user=ann@example.com', ['ok']],
    ['?tag=team=search', ['ok']],
    ['?outcome=overloaded', ['ok']],
    ['?failed=true', ['invalid_api_key', 'model_not_found']],
    ['?failed=false', ['ok']],
    ['?status=4xx&key=one', ['model_not_found']],
    ['?code=ok', ['ok']],
    ['?attempts_min=2', ['ok']],
    ['?request_id=mine', ['model_not_found', 'ok']],
    ['?model=model-b', ['ok']],
    ['?provider=a', []],
    ['?chain=none', []],
    ['?from=2020-01-01&to=2020-02-01', []],
    ['?stream=true', []],
    ['?ms_min=100000', []],
    ['?cost_min=1', []],
  ])('filters by %s', async (query, codes) => {
    const { status, body } = await get(rig, query);
    expect([status, body.data.map(({ code }) => code)]).toEqual([200, codes]);
  });

  test('pages follow each other in both directions', async () => {
    const all = (await get(rig, '')).body.data;
    const first = (await get(rig, '?limit=2')).body;
    expect([first.data, first.has_more, first.next]).toEqual([all.slice(0, 2), true, all[1]?.id]);
    const second = (await get(rig, `?limit=2&before=${first.next}`)).body;
    expect([second.data, second.has_more, second.next]).toEqual([all.slice(2), false, null]);
    const back = (await get(rig, `?limit=1&after=${all[2]?.id}`)).body;
    expect([back.data, back.has_more, back.next]).toEqual([[all[1]], true, all[1]?.id]);
  });

  test('a request is found by the id of its row, its own id, and as the newest one of the client’s id', async () => {
    const all = (await get(rig, '')).body.data;
    for (const [id, row] of [
      [all[2]?.id, all[2]],
      [all[2]?.request_id, all[2]],
      ['mine', all[1]],
    ] as const) {
      const { status, body } = await get(rig, `/${id}`);
      expect([status, body]).toEqual([200, row]);
    }
    for (const id of ['r_0000000000000', 'req_00000000000000000000000000000000', 'none'])
      expect((await get(rig, `/${id}`)).body.error.code).toBe('not_found');
  });

  test.each([
    ['before=r_1', 'before'],
    ['after=x', 'after'],
    ['before=r_0000000000000&after=r_0000000000000', 'after'],
    ['from=2026-12-01&to=2026-11-01', 'to'],
    ['from=yesterday', 'from'],
    ['limit=201', 'limit'],
    ['status=3', 'status'],
    ['outcome=nonsense', 'outcome'],
    ['user=', 'user'],
    ['nonsense=1', 'nonsense'],
  ])('refuses %s, and names the parameter', async (query, param) => {
    const { status, body } = await get(rig, `?${query}`);
    expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_request', param]);
    expect(body.error.message).toContain(param);
  });

  test('a caller sees its own requests, whatever it wants', async () => {
    expect((await get(rig, '', 'one')).body.data.map(({ key }) => key)).toEqual(['one', 'one']);
    expect((await get(rig, '?key=admin', 'one')).body.data).toEqual([]);
    const other = (await get(rig, '')).body.data[0];
    expect((await get(rig, `/${other?.id}`, 'one')).status).toBe(404);
  });

  test('over tRPC and in process the answers are the same', async () => {
    const { body } = await get(rig, '?code=ok');
    expect(await createClient({ url: rig.url, apiKey: KEYS.viewer }).requests.list({ code: 'ok' })).toEqual(body);
    expect(await rig.gateway.caller.requests.list({ code: 'ok' })).toEqual(body);
  });
});

test('a viewer with a tenant sees the requests of that tenant only', async () => {
  await using rig = await startRig([OK], { config: CONFIG });
  const as = (id: string, tenant: string, role: Principal['role'] = 'caller') =>
    rig.gateway.fetchAs(principalOf(id, { tenant, role }));
  for (const tenant of ['acme', 'other', ''])
    await (await post(as(`of ${tenant}`, tenant), 'http://x/v1/chat/completions', HELLO)).text();
  const list = async (query: string): Promise<(string | null)[]> => {
    const response = await as('v', 'acme', 'viewer')(`http://x/v1/requests${query}`);
    return ((await response.json()) as RequestList).data.map(({ tenant }) => tenant);
  };
  expect(await list('')).toEqual(['acme']);
  expect(await list('?tenant=acme')).toEqual(['acme']);
  expect(await list('?tenant=other')).toEqual([]);
  expect(await list('?key=of other')).toEqual([]);
});

test('providers’ messages are shown where they are logged, and to those that may see them', async () => {
  await using rig = await startRig([FAILS, OK], { config: { ...CONFIG, log: { vendorMessages: true } } });
  await ask(rig);
  const messages = async (name: Name) => (await get(rig, '', name)).body.data[0]?.trail.map(({ message }) => message);
  expect(await messages('admin')).toEqual([expect.stringContaining('is down'), undefined]);
  expect(await messages('viewer')).toEqual([undefined, undefined]);
});

test('requests are read from a file while they are written', async () => {
  using folder = temporaryFolder();
  const store = { url: `sqlite:${folder.file}` };
  let id = '';
  {
    await using rig = await startRig([OK], { config: { ...CONFIG, store } });
    id = (await ask(rig)).headers.get('x-spillway-request-id') ?? '';
    await expect.poll(async () => (await get(rig, `/${id}`)).status).toBe(200);
  }
  await using rig = await startRig([OK], { config: { ...CONFIG, store } });
  expect((await get(rig, `/${id}`)).body).toMatchObject({ request_id: id, code: 'ok' });
});

test('requests.tail sends the rows that it is asked for as they end', async () => {
  await using rig = await startRig([OK], { config: CONFIG });
  const client = createClient({ url: rig.url, apiKey: KEYS.viewer });
  const tail = client.requests.tail({ failed: true, key: 'one' })[Symbol.asyncIterator]();
  const end = { sent: false };
  const first = tail.next().then(({ value }) => {
    end.sent = true;
    return value as TailedRequest;
  });
  // Until the subscription is open nothing is sent to it.
  while (!end.sent) {
    await ask(rig);
    await ask(rig, { model: 'none' });
  }
  const sent = await first;
  if (sent.kind !== 'request') throw new Error('no request was sent');
  expect(sent.request).toMatchObject({ code: 'model_not_found', key: 'one' });
  expect((await get(rig, `/${sent.request.id}`)).body).toEqual(sent.request);
  await tail.return?.();
});

const forget = async (rig: Rig, body: object, name: Name = 'admin') => {
  const headers = { authorization: `Bearer ${KEYS[name]}` };
  const response = await post(fetch, `${rig.url}/v1/requests/forget`, body, { headers });
  return { status: response.status, body: (await response.json()) as Body & { readonly deleted: number } };
};

describe('requests.forget', () => {
  test('deletes the rows of a person, writes an audit entry without its name, and leaves the sums', async () => {
    await using rig = await startRig([OK], { config: CONFIG });
    for (const user of ['ann', 'ann', 'bob']) await ask(rig, { user });
    const used = await rig.gateway.caller.usage.summary();
    expect(await forget(rig, { user: 'ann' })).toEqual({
      status: 200,
      body: { object: 'requests.forgotten', deleted: 2 },
    });
    expect((await get(rig, '?user=ann')).body.data).toEqual([]);
    expect((await get(rig, '')).body.data).toHaveLength(1);
    expect(await rig.gateway.caller.usage.summary()).toEqual(used);
    const { data } = await rig.gateway.caller.audit.list();
    expect(data).toMatchObject([
      {
        action: 'requests.forget',
        target: expect.stringMatching(/^user_/) as string,
        after: { by: 'user' },
        actor: { name: 'admin' },
      },
    ]);
    expect(JSON.stringify(data)).not.toContain('ann');
  });

  test('takes ids, a key, and a time', async () => {
    await using rig = await startRig([OK], { config: CONFIG });
    for (let n = 0; n < 4; n++) await ask(rig);
    const [newest] = (await get(rig, '')).body.data;
    expect((await forget(rig, { key: 'one', before: '2020-01-01' })).body.deleted).toBe(0);
    expect((await forget(rig, { ids: [newest?.id] })).body.deleted).toBe(1);
    expect((await forget(rig, { key: 'one' })).body.deleted).toBe(3);
  });

  test('an admin with a tenant deletes rows of that tenant only', async () => {
    await using rig = await startRig([OK], { config: CONFIG });
    const as = (id: string, tenant: string, role: Principal['role'] = 'caller') =>
      rig.gateway.fetchAs(principalOf(id, { tenant, role }));
    for (const tenant of ['acme', 'other'])
      await (await post(as('same', tenant), 'http://x/v1/chat/completions', { ...HELLO, user: 'ann' })).text();
    const send = (body: object) => post(as('a', 'acme', 'admin'), 'http://x/v1/requests/forget', body);
    expect((await send({ tenant: 'other' })).status).toBe(403);
    expect(await (await send({ user: 'ann' })).json()).toMatchObject({ deleted: 1 });
    expect((await get(rig, '')).body.data.map(({ tenant }) => tenant)).toEqual(['acme', 'other']);
    // The refusal has a row, too.
  });

  test.each([
    [{}, 'user'],
    [{ user: 'ann', key: 'one' }, 'user'],
    [{ ids: [] }, 'ids'],
    [{ ids: ['req_1'] }, 'ids.0'],
    [{ key: 'one', before: 'soon' }, 'before'],
    [{ key: 'one', everything: true }, null],
  ])('refuses %j', async (body, param) => {
    await using rig = await startRig([OK], { config: CONFIG });
    expect(await forget(rig, body)).toMatchObject({ status: 400, body: { error: { code: 'invalid_request', param } } });
  });
});
