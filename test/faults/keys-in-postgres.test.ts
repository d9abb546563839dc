import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chatCompletion } from '../../src/testing/index.ts';
import { startRig } from '../helpers/gateway.ts';
import { POSTGRES, PostgresServer } from '../helpers/postgres.ts';
import { ADMIN_KEY, ask, startOnStore } from '../helpers/store-gateway.ts';

describe.skipIf(POSTGRES === undefined)('keys in PostgreSQL', () => {
  let server: PostgresServer;
  let url: string;
  beforeAll(async () => {
    server = await PostgresServer.start();
    url = server.url(await server.createDatabase());
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const AUTH = { keys: [{ name: 'root', key: ADMIN_KEY, role: 'admin' as const }], sync: '1m' };

  test('a key made or revoked by one gateway counts on another one at once, long before auth.sync', async () => {
    await using one = await startOnStore(url, { auth: AUTH });
    await using two = await startOnStore(url, { auth: AUTH });
    const { body: key } = await ask(one, '/v1/keys', { body: { name: 'shared' } });
    const startedAt = performance.now();
    while ((await ask(two, '/v1/key', { key: key.secret })).status !== 200)
      if (performance.now() - startedAt > 2000) throw new Error('The key is not known.');
    await ask(two, `/v1/keys/${key.id}/revoke`, { method: 'POST' });
    const revokedAt = performance.now();
    while ((await ask(one, '/v1/key', { key: key.secret })).status !== 401)
      if (performance.now() - revokedAt > 2000) throw new Error('The key is still accepted.');
  });

  test(
    'without the server at the start keys of the file are served, others are a 503, and it heals by itself',
    { timeout: 60_000 },
    async () => {
      let secret: string;
      {
        await using first = await startOnStore(url, { auth: AUTH });
        secret = (await ask(first, '/v1/keys', { body: { name: 'kept' } })).body.secret;
      }
      await server.stop();
      await using rig = await startOnStore(url, { auth: AUTH });
      await using empty = await startRig([chatCompletion({ content: 'x' })], { config: { store: { url } } });
      const refused = await ask(rig, '/v1/key', { key: secret });
      expect([refused.status, refused.body.error?.code]).toEqual([503, 'store_unavailable']);
      expect((await ask(rig, '/v1/key')).status).toBe(200);
      expect((await ask(rig, '/v1/keys', { body: { name: 'x' } })).body.error?.code).toBe('store_unavailable');
      const ready = (): Promise<number[]> =>
        Promise.all([rig, empty].map(async (each) => (await fetch(`${each.url}/readyz`)).status));
      expect([await ready(), empty.gateway.keyless]).toEqual([[200, 503], false]);
      await server.start();
      const startedAt = performance.now();
      while ((await ask(rig, '/v1/key', { key: secret })).status !== 200 || (await ready())[1] !== 200)
        if (performance.now() - startedAt > 20_000) throw new Error('The store is not read again.');
      // It goes away again: what is known is served.
      await server.stop();
      expect([(await ask(rig, '/v1/key', { key: secret })).status, await ready()]).toEqual([200, [200, 200]]);
      await server.start();
    },
  );
});
