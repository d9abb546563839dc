import { describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { createClient } from '../../client/index.ts';
import { openaiError } from '../../src/testing/index.ts';
import { startRig } from '../helpers/gateway.ts';

const LINKS = { name: 'spillway', docs: '/docs/', openapi: '/openapi.json', models: '/v1/models' };
const KEYED = { config: { auth: { keys: [{ name: 'app', key: 'spillway-key-one' }] } } };

describe('GET /', () => {
  test.each([
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer spillway-key-two' }],
  ])('with %s says what answers and where things are, without the version', async (_, headers) => {
    await using rig = await startRig([openaiError(500, 'no')], KEYED);
    const response = await fetch(`${rig.url}/`, { headers });
    expect([response.status, await response.json()]).toEqual([200, LINKS]);
  });

  test.each([{ authorization: 'Bearer spillway-key-one' }, { 'x-api-key': 'spillway-key-one' }])(
    'with a key has the version too (%o)',
    async (headers) => {
      await using rig = await startRig([openaiError(500, 'no')], KEYED);
      const { version } = manifest;
      expect(await (await fetch(`${rig.url}/?x=1`, { headers })).json()).toEqual({ ...LINKS, version });
      expect(await createClient({ url: rig.url, apiKey: 'spillway-key-one' }).health.about()).toEqual({
        ...LINKS,
        version,
      });
      expect(await rig.gateway.caller.health.about()).toEqual({ ...LINKS, version });
    },
  );

  test('has links that answer', async () => {
    await using rig = await startRig([openaiError(500, 'no')]);
    const { docs, openapi, models } = (await (await fetch(rig.url)).json()) as typeof LINKS;
    for (const path of [docs, openapi, models]) expect((await fetch(rig.url + path)).status).toBe(200);
  });

  test('has the methods GET and HEAD only', async () => {
    await using rig = await startRig([openaiError(500, 'no')]);
    const head = await fetch(`${rig.url}/`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const posted = await fetch(`${rig.url}/`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

test('/health answers as /livez does, without a key and for HEAD too', async () => {
  await using rig = await startRig([openaiError(500, 'no')], KEYED);
  for (const path of ['/health', '/livez', '/health/', '/health?verbose=1']) {
    const response = await fetch(rig.url + path);
    expect([path, response.status, await response.json()]).toEqual([path, 200, { status: 'ok' }]);
    expect((await fetch(rig.url + path, { method: 'HEAD' })).status).toBe(200);
  }
  expect((await fetch(`${rig.url}/v1/health`)).status).toBe(404);
  expect(new Set(rig.finished().map(({ operation }) => operation))).toEqual(new Set(['health.live', '']));
});

describe('query parameters that a path does not have', () => {
  test.each([
    '/v1/models?client_version=0.99.0',
    '/v1/models?limit=1000&after=x',
    '/v1/models/default?api-version=2024-10-21&api-version=x&model=y',
    '/models/a/model-a?limit=1&limit=2&%ff=%zz',
    '/v1/chains?x=1',
    '/openapi.json?x=1&x=2',
  ])('are ignored: %s', async (path) => {
    await using rig = await startRig([openaiError(500, 'no')]);
    const response = await fetch(rig.url + path);
    // An escape that is none may be refused before, as a target that is not well encoded.
    expect([response.status, path]).toEqual([200, path]);
  });

  test('are ignored by POST, so that clients of Azure’s API work', async () => {
    await using rig = await startRig([openaiError(400, 'n must be 1')]);
    const response = await fetch(`${rig.url}/v1/chat/completions?api-version=2024-10-21&api-version=2`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"messages":[{"role":"user","content":"Hello"}]}',
    });
    expect(await response.json()).toMatchObject({ error: { message: 'n must be 1' } });
  });
});
