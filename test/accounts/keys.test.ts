import { expect, test } from 'vitest';
import { HELLO } from '../helpers/hello.ts';
import { ask, startOnStore } from '../helpers/store-gateway.ts';
import { temporaryFolder } from '../helpers/store.ts';

const chat = { ...HELLO, model: 'default' };

test('a key is made, used, listed, changed, rotated and revoked over REST', async () => {
  using folder = temporaryFolder();
  await using rig = await startOnStore(folder.file);
  const made = await ask(rig, '/v1/keys', {
    body: {
      name: 'ci',
      limits: { requests_per_minute: 60 },
      budgets: [{ amount_usd: 50, period: 'month', on_unknown_price: 'allow' }],
    },
  });
  expect(made).toMatchObject({
    status: 200,
    body: {
      object: 'key',
      name: 'ci',
      role: 'caller',
      state: 'active',
      source: 'store',
      created_by: 'root',
      version: 1,
      limits: { requests_per_minute: { limit: 60, remaining: 60 } },
      budgets: [{ amount_usd: 50, spent_usd: 0, remaining_usd: 50, resets_at: expect.any(Number) as number }],
    },
  });
  const { id, secret } = made.body;
  expect(secret).toMatch(/^sp_[0-9A-Za-z]{36}$/);
  expect((await ask(rig, '/v1/chat/completions', { key: secret, body: chat })).status).toBe(200);
  expect((await ask(rig, '/v1/key', { key: secret })).body).toMatchObject({ id, name: 'ci', tenant_budgets: [] });
  const list = await ask(rig, '/v1/keys?search=CI');
  expect(list.body.data.map((key) => key.name)).toEqual(['ci']);
  expect(JSON.stringify(list.body)).not.toContain(secret);
  const changed = await ask(rig, `/v1/keys/${id}`, { body: { note: 'nightly', limits: null, if_version: 1 } });
  expect(changed).toMatchObject({ status: 200, body: { note: 'nightly', limits: {}, version: 2 } });
  expect((await ask(rig, `/v1/keys/${id}`, { body: { note: 'x', if_version: 1 } })).body.error?.code).toBe('conflict');
  const rotated = await ask(rig, `/v1/keys/${id}/rotate`, { body: { overlap: '1h' } });
  expect(rotated).toMatchObject({ status: 200, body: { id, state: 'rotating', version: 3 } });
  for (const key of [secret, rotated.body.secret])
    expect((await ask(rig, '/v1/chat/completions', { key, body: chat })).status).toBe(200);
  const revoked = await ask(rig, `/v1/keys/${id}/revoke`, { method: 'POST' });
  expect(revoked).toMatchObject({ status: 200, body: { state: 'revoked' } });
  const refused = await ask(rig, '/v1/chat/completions', { key: secret, body: chat });
  expect([refused.status, refused.body.error?.code]).toEqual([401, 'key_revoked']);
});
