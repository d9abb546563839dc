import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newSecret } from '../../src/auth/secret.ts';
import { HELLO } from '../helpers/hello.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { chatCompletion } from '../../src/testing/index.ts';
import { ADMIN_KEY, type Answer, ask, startOnStore } from '../helpers/store-gateway.ts';
import { openRaw, temporaryFolder } from '../helpers/store.ts';

const chat = { ...HELLO, model: 'default' };
const folder = temporaryFolder();
const FILE_KEY = 'key-of-the-file-0123456789';
let rig: Rig;
beforeAll(async () => {
  rig = await startOnStore(folder.file, {
    config: {
      auth: {
        keys: [
          { name: 'root', key: ADMIN_KEY, role: 'admin' },
          { name: 'filed', key: FILE_KEY, tenant: 'filed-tenant' },
        ],
      },
      tenants: { 'filed-tenant': { budgets: [{ amount: 7, period: 'day' }] } },
    },
  });
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

let made = 0;
const unused = (): string => `key-${++made}`;
async function create(input: object = {}, key = ADMIN_KEY): Promise<Answer> {
  const { status, body } = await ask(rig, '/v1/keys', { key, body: { name: unused(), ...input } });
  expect([status, body.error]).toEqual([200, undefined]);
  return body;
}
async function refusal(path: string, options: Parameters<typeof ask>[2]): Promise<unknown[]> {
  const { status, body } = await ask(rig, path, options);
  return [status, body.error?.code, body.error?.param];
}

describe('bad input is a 400 that names the member', () => {
  test.each<[string, object]>([
    ['name', { name: '' }],
    ['name', { name: 'a\u0000b' }],
    ['name', { name: 'a\u202eb' }],
    ['name', { name: 'Internal' }],
    ['name', { name: 'x'.repeat(129) }],
    ['role', { role: 'internal' }],
    ['tenant', { tenant: 'nobody' }],
    ['tenant', { tenant: 'a/b' }],
    ['chains', { chains: [] }],
    ['chains.0', { chains: ['nope'] }],
    ['models', { models: [] }],
    ['models.1', { models: ['a/*', 'c/*'] }],
    ['models.0', { models: ['model-without-provider'] }],
    ['operations.0', { operations: ['chat'] }],
    ['bodies', { bodies: 'yes' }],
    ['priority', { priority: 'high' }],
    ['expires_at', { expires_at: 1 }],
    ['expires_at', { expires_at: -1 }],
    ['expires_at', { expires_at: 1e20 }],
    ['expires_in', { expires_in: 'soon' }],
    ['expires_in', { expires_in: '-1d' }],
    ['expires_in', { expires_in: '1d', expires_at: 4e12 }],
    ['limits.requests_per_minute', { limits: { requests_per_minute: 0 } }],
    ['limits.concurrency', { limits: { concurrency: 1.5 } }],
    ['limits', { limits: { requestsPerMinute: 5 } }],
    ['budgets', { budgets: [] }],
    [
      'budgets',
      { budgets: Array.from({ length: 9 }, (_, n) => ({ amount_usd: 1, period: 'day', models: [`a/${n}`] })) },
    ],
    ['budgets.0.amount_usd', { budgets: [{ amount_usd: -5, period: 'day' }] }],
    ['budgets.0.amount_usd', { budgets: [{ amount_usd: 0, period: 'day' }] }],
    ['budgets.0.amount_usd', { budgets: [{ amount_usd: 9_000_001, period: 'day' }] }],
    ['budgets.0.amount_usd', { budgets: [{ amount_usd: 0.1234567891, period: 'day' }] }],
    ['budgets.0.period', { budgets: [{ amount_usd: 1, period: 'year' }] }],
    ['budgets.0.time_zone', { budgets: [{ amount_usd: 1, period: 'day', time_zone: 'Mars/Olympus' }] }],
    ['budgets.0.time_zone', { budgets: [{ amount_usd: 1, period: 'day', time_zone: '+01:00' }] }],
    ['budgets.0.soft', { budgets: [{ amount_usd: 1, period: 'day', soft: 2 }] }],
    ['budgets.0.models.0', { budgets: [{ amount_usd: 1, period: 'day', models: ['zz/*'] }] }],
    [
      'budgets.1',
      {
        budgets: [
          { amount_usd: 1, period: 'day' },
          { amount_usd: 2, period: 'day', time_zone: 'Asia/Tokyo' },
        ],
      },
    ],
    ['metadata', { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`m${n}`, ''])) }],
    ['metadata.m', { metadata: { m: 'x'.repeat(513) } }],
    ['note', { note: 'x'.repeat(1025) }],
  ])('%s of %j', async (param, input) => {
    expect(await refusal('/v1/keys', { body: { name: unused(), ...input } })).toEqual([400, 'invalid_request', param]);
  });

  test('an unknown member, a wrong filter and a wrong overlap, too', async () => {
    expect((await ask(rig, '/v1/keys', { body: { name: 'x', owner: 'y' } })).status).toBe(400);
    expect(await refusal('/v1/keys?state=gone', {})).toEqual([400, 'invalid_request', 'state']);
    expect(await refusal('/v1/keys?colour=red', {})).toEqual([400, 'invalid_request', 'colour']);
    expect(await refusal('/v1/keys?after=key_unknown', {})).toEqual([400, 'invalid_request', 'after']);
    const { id } = await create();
    expect(await refusal(`/v1/keys/${id}/rotate`, { body: { overlap: '91d' } })).toEqual([
      400,
      'invalid_request',
      'overlap',
    ]);
    expect(await refusal(`/v1/keys/${id}/revoke`, { body: { streams: 'maybe' } })).toEqual([
      400,
      'invalid_request',
      'streams',
    ]);
  });
});

describe('keys of the file', () => {
  test('are listed first and can be read, without any part of their secrets', async () => {
    const { body } = await ask(rig, '/v1/keys?limit=2');
    expect(body).toMatchObject({
      data: [
        { id: 'root', source: 'file', prefix: null },
        { id: 'filed', tenant: 'filed-tenant' },
      ],
    });
    expect((await ask(rig, '/v1/keys/filed')).body).toMatchObject({ id: 'filed', source: 'file', version: null });
  });
  test('cannot be changed, rotated or revoked, nor have their names taken', async () => {
    for (const path of ['/v1/keys/filed', '/v1/keys/filed/rotate', '/v1/keys/filed/revoke'])
      expect(await refusal(path, { body: {} })).toEqual([400, 'invalid_request', 'id']);
    expect(await refusal('/v1/keys', { body: { name: 'root' } })).toEqual([409, 'conflict', 'name']);
    expect(await refusal('/v1/tenants/filed-tenant', { body: {} })).toEqual([400, 'invalid_request', 'name']);
    expect(await refusal('/v1/tenants', { body: { name: 'filed-tenant' } })).toEqual([409, 'conflict', 'name']);
  });
  test('see the limits and budgets of their tenant, but not its amounts', async () => {
    expect((await ask(rig, '/v1/key', { key: FILE_KEY })).body).toMatchObject({
      id: 'filed',
      tenant_budgets: [{ amount_usd: null, period: 'day', spent_usd: null }],
    });
  });
});

test('pages of keys follow one another, and filters hold for all of them', async () => {
  await ask(rig, '/v1/tenants', { body: { name: 'paged' } });
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push((await create({ tenant: 'paged' })).id);
  const seen: string[] = [];
  for (let after = '', more = true; more;) {
    const { body } = await ask(rig, `/v1/keys?tenant=paged&limit=2${after === '' ? '' : `&after=${after}`}`);
    seen.push(...body.data.map(({ id }) => id));
    after = String(body['last_id']);
    more = body['has_more'] === true;
  }
  expect(seen).toEqual(ids);
  await ask(rig, `/v1/keys/${ids[2]}/revoke`, { method: 'POST' });
  expect((await ask(rig, '/v1/keys?tenant=paged&state=revoked')).body.data.map(({ id }) => id)).toEqual([ids[2]]);
});

test('a name is taken once in a tenant, and free again after a revocation', async () => {
  const { id, name } = await create();
  expect(await refusal('/v1/keys', { body: { name } })).toEqual([409, 'conflict', 'name']);
  await create({ name, tenant: 'filed-tenant' });
  await ask(rig, `/v1/keys/${id}/revoke`, { method: 'POST' });
  await create({ name });
  expect(await refusal(`/v1/keys/${id}`, { body: { note: 'x' } })).toEqual([409, 'conflict', null]);
  expect((await ask(rig, `/v1/keys/${id}/revoke`, { method: 'POST' })).body).toMatchObject({
    state: 'revoked',
    version: 2,
  });
});

test('changes at the same time are merged, unless they name a version', async () => {
  const { id } = await create();
  const notes = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      ask(rig, `/v1/keys/${id}`, { body: n % 2 === 0 ? { note: `n${n}` } : { metadata: { n: `${n}` } } }),
    ),
  );
  expect(notes.map(({ status }) => status)).toEqual(notes.map(() => 200));
  const { body } = await ask(rig, `/v1/keys/${id}`);
  expect(body).toMatchObject({ version: 9, note: expect.stringMatching(/^n/), metadata: { n: expect.any(String) } });
  const versioned = await Promise.all(
    [1, 2, 3].map((n) => ask(rig, `/v1/keys/${id}`, { body: { note: `v${n}`, if_version: 9 } })),
  );
  expect(versioned.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
});

test('revocations at the same time are one change', async () => {
  const { id } = await create();
  const revoked = await Promise.all([1, 2, 3].map(() => ask(rig, `/v1/keys/${id}/revoke`, { method: 'POST' })));
  expect(revoked.map(({ status, body }) => [status, body.version])).toEqual(revoked.map(() => [200, 2]));
  const { body } = await ask(rig, `/v1/audit?target=${id}`);
  expect(body.data.map((entry) => entry['action'])).toEqual(['keys.revoke', 'keys.create']);
});

describe('a request with an idempotency_key', () => {
  test('makes one key and gets the same secret, also at the same time', async () => {
    const body = { name: unused(), idempotency_key: 'once' };
    const answers = await Promise.all([1, 2, 3].map(() => ask(rig, '/v1/keys', { body })));
    expect(new Set(answers.map((answer) => answer.body.secret)).size).toBe(1);
    expect(await refusal('/v1/keys', { body: { ...body, note: 'other' } })).toEqual([
      409,
      'idempotency_conflict',
      'idempotency_key',
    ]);
    // Its secret is not the newest one, where the answer is no longer in memory.
    await ask(rig, `/v1/keys/${answers[0]?.body.id}/rotate`, { body: {} });
    await using other = await startOnStore(folder.file);
    expect((await ask(other, '/v1/keys', { body })).body.error?.code).toBe('already_rotated');
  });
  test('rotates once, and is refused where the secret is no longer in memory', async () => {
    const { id } = await create();
    const body = { idempotency_key: 'rotation', overlap: '1h' };
    const [first, second] = [
      await ask(rig, `/v1/keys/${id}/rotate`, { body }),
      await ask(rig, `/v1/keys/${id}/rotate`, { body }),
    ];
    expect(second.body).toEqual(first.body);
    await using other = await startOnStore(folder.file);
    const again = await ask(other, `/v1/keys/${id}/rotate`, { body });
    expect([again.status, again.body.error?.code]).toEqual([409, 'already_rotated']);
    expect(again.body.error?.message).toContain(first.body.secret.slice(0, 7));
    expect(again.body.error?.message).not.toContain(first.body.secret.slice(7, -4));
  });
  test('rotates once, too, after other rotations, and after a restart', async () => {
    const { id } = await create();
    const body = { idempotency_key: 'early' };
    await ask(rig, `/v1/keys/${id}/rotate`, { body });
    for (let n = 0; n < 3; n++) await ask(rig, `/v1/keys/${id}/rotate`, { body: {} });
    await using other = await startOnStore(folder.file);
    expect((await ask(other, `/v1/keys/${id}/rotate`, { body })).body.error?.code).toBe('already_rotated');
  });
  test('that fails is not kept', async () => {
    const body = { name: 'root', idempotency_key: 'failing' };
    expect((await refusal('/v1/keys', { body }))[0]).toBe(409);
    expect((await ask(rig, '/v1/keys', { body: { ...body, name: unused() } })).status).toBe(200);
  });
});

test('an expired key, and a secret whose overlap is over, are refused with key_expired', async () => {
  const { id, secret } = await create();
  const { body } = await ask(rig, `/v1/keys/${id}/rotate`, { body: { overlap: 0 } });
  const codeOf = async (key: string): Promise<unknown> =>
    (await ask(rig, '/v1/chat/completions', { key, body: chat })).body.error?.code;
  expect([await codeOf(secret), await codeOf(body.secret)]).toEqual(['key_expired', undefined]);
  const short = await create({ expires_in: '1ms' });
  expect(await codeOf(short.secret)).toBe('key_expired');
  expect((await ask(rig, `/v1/keys/${short.id}`)).body.state).toBe('expired');
  expect(await codeOf(newSecret())).toBe('invalid_api_key');
});

test('what the former secret of a rotated key grants does not end with that secret, but with the key', async () => {
  const expiry = { expires_in: '1d' };
  for (const [input, expires] of [
    [{}, null],
    [expiry, expect.any(Number)],
  ] as const) {
    const { id, secret, expires_at: own } = await create({ role: 'admin', ...input });
    await ask(rig, `/v1/keys/${id}/rotate`, { body: { overlap: '1h' } });
    const made = await create({}, secret);
    expect([made['expires_at'], own]).toEqual([own, expires]);
    const rotated = await ask(rig, `/v1/keys/${id}/rotate`, { key: secret, body: { overlap: '1h' } });
    expect([rotated.status, rotated.body['expires_at']]).toEqual([200, own]);
  }
});

test('a new key has what its tenant gives by default', async () => {
  const tenant = {
    name: 'defaults',
    defaults: { key_budget: { amount_usd: 3, period: 'week' } },
    limits: { concurrency: 9 },
  };
  expect((await ask(rig, '/v1/tenants', { body: tenant })).body).toMatchObject({
    id: 'defaults',
    source: 'store',
    defaults: { key_budget: { amount_usd: 3 } },
  });
  expect((await create({ tenant: 'defaults' }))['budgets']).toMatchObject([
    { amount_usd: 3, period: 'week', remaining_usd: 3 },
  ]);
  expect((await create({ tenant: 'defaults', budgets: [{ amount_usd: 1, period: 'day' }] }))['budgets']).toMatchObject([
    { amount_usd: 1 },
  ]);
  const changed = await ask(rig, '/v1/tenants/defaults', { body: { limits: null, if_version: 1 } });
  expect(changed.body).toMatchObject({ limits: {}, defaults: { key_budget: { amount_usd: 3 } }, version: 2 });
  expect(await refusal('/v1/tenants/defaults', { body: { if_version: 1 } })).toEqual([409, 'conflict', 'if_version']);
  expect((await refusal('/v1/tenants/defaults', { method: 'DELETE' }))[1]).toBe('conflict');
  expect((await ask(rig, '/v1/tenants')).body.data.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['filed-tenant', 'defaults']),
  );
});

describe('within a tenant', () => {
  const keys: Record<'admin' | 'viewer' | 'scoped', Answer> = {} as never;
  let foreign: Answer;
  beforeAll(async () => {
    for (const name of ['acme', 'other']) await ask(rig, '/v1/tenants', { body: { name } });
    keys.admin = await create({ tenant: 'acme', role: 'admin' });
    keys.viewer = await create({ tenant: 'acme', role: 'viewer' });
    keys.scoped = await create({
      tenant: 'acme',
      role: 'admin',
      models: ['a/*'],
      limits: { concurrency: 4 },
      expires_in: '1d',
    });
    foreign = await create({ tenant: 'other' });
  });

  test('an admin makes and changes keys of the tenant only', async () => {
    const { secret: key } = keys.admin;
    expect(await create({}, key)).toMatchObject({ tenant: 'acme', created_by: keys.admin.id });
    for (const tenant of ['other', 'filed-tenant'])
      expect(await refusal('/v1/keys', { key, body: { name: unused(), tenant } })).toEqual([
        403,
        'forbidden',
        'tenant',
      ]);
    for (const path of ['', '/rotate', '/revoke'])
      expect(await refusal(`/v1/keys/${foreign.id}${path}`, { key, body: {} })).toEqual([404, 'not_found', 'id']);
    expect(await refusal('/v1/keys/filed', { key, body: {} })).toEqual([404, 'not_found', 'id']);
    expect(await refusal('/v1/tenants/acme', { key, body: { budgets: null } })).toEqual([403, 'forbidden', null]);
    expect(await refusal('/v1/tenants', { key, body: { name: 'mine' } })).toEqual([403, 'forbidden', null]);
    expect(await refusal('/v1/tenants/acme', { key, method: 'DELETE' })).toEqual([403, 'forbidden', null]);
  });

  test('a tenant or a provider that exists is refused as one that does not', async () => {
    for (const tenant of ['other', 'missing'])
      expect(await refusal('/v1/keys', { key: keys.admin.secret, body: { name: unused(), tenant } })).toEqual([
        403,
        'forbidden',
        'tenant',
      ]);
    for (const models of [['b/*'], ['missing/*']])
      expect(await refusal('/v1/keys', { key: keys.scoped.secret, body: { name: unused(), models } })).toEqual([
        403,
        'forbidden',
        'models',
      ]);
    const { id } = await create({}, keys.scoped.secret);
    expect(await refusal(`/v1/keys/${id}`, { key: keys.scoped.secret, body: { models: ['missing/*'] } })).toEqual([
      403,
      'forbidden',
      'models',
    ]);
  });

  test('a viewer sees the keys of the tenant only, and changes none', async () => {
    const { secret: key } = keys.viewer;
    const { body } = await ask(rig, '/v1/keys?limit=1000', { key });
    expect(new Set(body.data.map((each) => each['tenant']))).toEqual(new Set(['acme']));
    expect(await refusal('/v1/keys?tenant=other', { key })).toEqual([403, 'forbidden', 'tenant']);
    expect(await refusal(`/v1/keys/${foreign.id}`, { key })).toEqual([404, 'not_found', 'id']);
    expect((await ask(rig, '/v1/tenants', { key })).body.data.map(({ name }) => name)).toEqual(['acme']);
    expect(await refusal('/v1/tenants/other', { key })).toEqual([404, 'not_found', 'name']);
    expect(await refusal('/v1/keys', { key, body: { name: 'x' } })).toEqual([403, 'forbidden', null]);
  });

  test('no key grants more than it has: what is not given is the granter’s own', async () => {
    const { secret: key } = keys.scoped;
    const child = await create({}, key);
    expect(child).toMatchObject({
      models: ['a/*'],
      limits: { concurrency: { limit: 4 } },
      expires_at: keys.scoped['expires_at'],
    });
    for (const [param, input] of Object.entries({
      models: { models: ['*'] },
      limits: { limits: { concurrency: 5 } },
      expires_at: { expires_in: '2d' },
    }))
      expect(await refusal('/v1/keys', { key, body: { name: unused(), ...input } })).toEqual([403, 'forbidden', param]);
    expect(await refusal(`/v1/keys/${child.id}`, { key, body: { models: null } })).toEqual([
      403,
      'forbidden',
      'models',
    ]);
    // The secret of a key that may do more would be a way around it.
    expect(await refusal(`/v1/keys/${keys.admin.id}/rotate`, { key, body: {} })).toEqual([403, 'forbidden', 'models']);
  });
});

test('a tenant is kept while keys of the file belong to it', async () => {
  using own = temporaryFolder();
  {
    await using one = await startOnStore(own.file);
    await ask(one, '/v1/tenants', { body: { name: 'shared', limits: { concurrency: 1 } } });
  }
  const filed = { name: 'filed', key: FILE_KEY, tenant: 'shared' };
  await using two = await startOnStore(own.file, {
    auth: { keys: [{ name: 'root', key: ADMIN_KEY, role: 'admin' }, filed] },
  });
  const { status, body } = await ask(two, '/v1/tenants/shared', { method: 'DELETE' });
  expect([status, body.error?.code]).toEqual([409, 'conflict']);
  expect((await ask(two, '/v1/key', { key: FILE_KEY })).body).toMatchObject({
    tenant_limits: { concurrency: { limit: 1 } },
  });
});

test('an entry that the patterns of a key do not match is skipped, and the chain goes on', async () => {
  using own = temporaryFolder();
  await using two = await startOnStore(
    own.file,
    { config: { chains: { default: { entries: ['a/model-a', 'b/model-b'] }, first: { entries: ['a/model-a'] } } } },
    [chatCompletion({ content: 'never' }), chatCompletion({ content: 'Hi' })],
  );
  const { body: key } = await ask(two, '/v1/keys', {
    body: { name: 'b', models: ['b/*'], operations: ['chat.completions'] },
  });
  const send = (path: string, body: object) => ask(two, path, { key: key.secret, body });
  expect((await send('/v1/chat/completions', chat)).status).toBe(200);
  expect(two.upstreams.map(({ hits }) => hits.length)).toEqual([0, 1]);
  const finished = two.finished().at(-1);
  expect(finished?.trail[0]).toMatchObject({ provider: 'a', outcome: 'skipped', reason: 'not_allowed' });
  expect((await send('/v1/chat/completions', { ...chat, model: 'first' })).body.error?.code).toBe('model_not_found');
  expect((await send('/v1/embeddings', { input: 'x', model: 'default' })).body.error?.code).toBe('forbidden');
  const models = await ask(two, '/v1/models', { key: key.secret });
  expect(models.body.data.map(({ id }) => id)).toEqual(['default', 'b/model-b']);
  expect((await ask(two, '/v1/chains', { key: key.secret })).body.data).toMatchObject([
    { id: 'default', entries: [{ provider: 'b' }] },
  ]);
});

test('a key has its maker’s priority unless it is given another one, and low makes low only', async () => {
  using own = temporaryFolder();
  const low = { name: 'low', key: 'key-of-the-low-one-0123456789', role: 'admin' as const, priority: 'low' as const };
  await using one = await startOnStore(own.file, {
    auth: { keys: [{ name: 'root', key: ADMIN_KEY, role: 'admin' }, low] },
  });
  const as = async (key: string, path: string, body: object) => (await ask(one, path, { key, body })).body;
  expect((await as(ADMIN_KEY, '/v1/keys', { name: 'plain' }))['priority']).toBe('normal');
  expect((await as(low.key, '/v1/keys', { name: 'below' }))['priority']).toBe('low');
  expect((await as(low.key, '/v1/keys', { name: 'wide', priority: 'normal' })).error?.param).toBe('priority');
  const key = await as(ADMIN_KEY, '/v1/keys', { name: 'changed', priority: 'low' });
  expect((await as(ADMIN_KEY, `/v1/keys/${key.id}`, { note: 'x' }))['priority']).toBe('low');
  expect((await as(ADMIN_KEY, `/v1/keys/${key.id}`, { priority: null }))['priority']).toBe('normal');
});

test('the right to read bodies is an admin’s, and is given by one that has it only', async () => {
  using own = temporaryFolder();
  const reader = { name: 'reader', key: 'key-of-the-reader-0123456789', role: 'admin' as const, bodies: true };
  await using one = await startOnStore(own.file, {
    auth: { keys: [{ name: 'root', key: ADMIN_KEY, role: 'admin' }, reader] },
  });
  const as = (key: string, path: string, body: object) => ask(one, path, { key, body });
  const wanted = { role: 'admin', bodies: true };
  expect((await as(ADMIN_KEY, '/v1/keys', { name: 'x', ...wanted })).body.error).toMatchObject({
    code: 'forbidden',
    param: 'bodies',
  });
  expect((await as(reader.key, '/v1/keys', { name: 'x', bodies: true })).body.error).toMatchObject({
    code: 'invalid_request',
    param: 'bodies',
  });
  expect((await as(reader.key, '/v1/keys', { name: 'plain', role: 'admin' })).body['bodies']).toBe(false);
  const { body: key } = await as(reader.key, '/v1/keys', { name: 'x', ...wanted });
  expect(key['bodies']).toBe(true);
  expect((await as(ADMIN_KEY, `/v1/keys/${key.id}/rotate`, {})).status).toBe(403);
  expect((await as(reader.key, `/v1/keys/${key.id}`, { role: 'viewer' })).body.error?.param).toBe('bodies');
  expect((await ask(one, '/v1/requests/none/body', { key: key.secret })).status).toBe(404);
  expect((await as(ADMIN_KEY, `/v1/keys/${key.id}`, { bodies: null })).body['bodies']).toBe(false);
  expect((await ask(one, '/v1/requests/none/body', { key: key.secret })).status).toBe(403);
});

test('every change has its audit row, and no secret is in the file', async () => {
  using own = temporaryFolder();
  const secrets: string[] = [];
  {
    await using one = await startOnStore(own.file);
    const { body: key } = await ask(one, '/v1/keys', { body: { name: 'audited' } });
    const { body: rotated } = await ask(one, `/v1/keys/${key.id}/rotate`, { body: {} });
    await ask(one, `/v1/keys/${key.id}`, { body: { note: 'x' } });
    await ask(one, `/v1/keys/${key.id}/revoke`, { method: 'POST' });
    await ask(one, '/v1/tenants', { body: { name: 't' } });
    await ask(one, '/v1/tenants/t', { method: 'DELETE' });
    secrets.push(key.secret, rotated.secret);
  }
  const raw = openRaw(own.file);
  const rows = raw.prepare('select * from audit order by no').all();
  expect(
    rows.map(({ actor_id: actor, via, action, target }) => [actor, via, action, String(target).slice(0, 4)]),
  ).toEqual([
    ['root', 'api', 'keys.create', 'key_'],
    ['root', 'api', 'keys.rotate', 'key_'],
    ['root', 'api', 'keys.update', 'key_'],
    ['root', 'api', 'keys.revoke', 'key_'],
    ['root', 'api', 'tenants.create', 't'],
    ['root', 'api', 'tenants.remove', 't'],
  ]);
  const all = JSON.stringify(
    ['audit', 'api_key', 'api_key_secret', 'tenant'].map((name) => raw.prepare(`select * from ${name}`).all()),
  );
  raw.close();
  for (const secret of secrets) expect(all).not.toContain(secret.slice(7, -4));
});

test('a gateway whose store keeps nothing makes no keys', async () => {
  await using own = await startRig([chatCompletion({ content: 'x' })]);
  expect((await ask(own, '/v1/keys', { body: { name: 'x' } })).body.error?.code).toBe('store_required');
  expect((await ask(own, '/v1/key')).body).toMatchObject({ id: 'local', source: 'gateway', role: 'admin' });
});

test('the first key of the store makes a keyless gateway keyed, and no revocation opens it again', async () => {
  using own = temporaryFolder();
  await using one = await startRig([chatCompletion({ content: 'x' })], {
    config: { store: { url: `sqlite:${own.file}` } },
  });
  expect(one.gateway.keyless).toBe(true);
  const { body: key } = await ask(one, '/v1/keys', { body: { name: 'me', role: 'admin' } });
  expect([one.gateway.keyless, (await ask(one, '/v1/keys', { key: 'none' })).status]).toEqual([false, 401]);
  expect((await ask(one, '/v1/keys', { key: key.secret })).status).toBe(200);
  await ask(one, `/v1/keys/${key.id}/revoke`, { key: key.secret, method: 'POST' });
  expect([one.gateway.keyless, (await ask(one, '/v1/keys', { key: 'none' })).status]).toEqual([false, 401]);
  await using again = await startRig([chatCompletion({ content: 'x' })], {
    config: { store: { url: `sqlite:${own.file}` } },
  });
  expect(again.gateway.keyless).toBe(false);
});
