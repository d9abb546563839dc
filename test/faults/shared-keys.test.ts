import { expect, test } from 'vitest';
import { chatCompletion, type Reply } from '../../src/testing/index.ts';
import { HI, ROLE, STREAM } from '../doors/replies.ts';
import { HELLO } from '../helpers/hello.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { ADMIN_KEY, ask, startOnStore } from '../helpers/store-gateway.ts';
import { openRaw, temporaryFolder } from '../helpers/store.ts';

const chat = { ...HELLO, model: 'default' };
const started: Reply = { headers: STREAM, chunks: [ROLE, HI], end: 'hang' };
/** How often the gateways here read each other's changes, and longest time until such a change must count. */
const AUTH = { keys: [{ name: 'root', key: ADMIN_KEY, role: 'admin' as const }], sync: '100ms' };
const WITHIN_MS = 2000;

const statusOf = async (rig: Rig, key: string): Promise<number> =>
  (await ask(rig, '/v1/chat/completions', { key, body: chat })).status;

/** The status of a request that reaches no provider. */
const accessOf = async (rig: Rig, key: string): Promise<number> => (await ask(rig, '/v1/key', { key })).status;

/** Resolves with the milliseconds until a key's requests have a status. */
async function until(status: number, rig: Rig, key: string): Promise<number> {
  const startedAt = performance.now();
  while ((await accessOf(rig, key)) !== status)
    if (performance.now() - startedAt > 10 * WITHIN_MS) throw new Error(`No request had the status ${status}.`);
  return performance.now() - startedAt;
}

function stream(rig: Rig, key: string): Promise<Response> {
  return fetch(`${rig.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ ...chat, stream: true }),
  });
}

/** Reads a stream up to its first token. */
async function begun(response: Response): Promise<{ rest: () => Promise<string> }> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('Hi')) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The stream ended before its first token: ${text}`);
    text += value;
  }
  return {
    async rest() {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return text;
        text += value;
      }
    },
  };
}

test('a key made by one gateway works on another one, and a revoked one is refused there within two seconds', async () => {
  using folder = temporaryFolder();
  await using one = await startOnStore(folder.file, { auth: AUTH });
  await using two = await startOnStore(folder.file, { auth: AUTH });
  const { body: key } = await ask(one, '/v1/keys', { body: { name: 'shared' } });
  expect(await statusOf(one, key.secret)).toBe(200);
  expect(await until(200, two, key.secret)).toBeLessThan(WITHIN_MS);
  await ask(two, `/v1/keys/${key.id}/revoke`, { method: 'POST' });
  expect(await statusOf(two, key.secret)).toBe(401);
  expect(await until(401, one, key.secret)).toBeLessThan(WITHIN_MS);
});

test('a key of another gateway is found at once by its id, and a change of it is merged', async () => {
  using folder = temporaryFolder();
  await using one = await startOnStore(folder.file, { auth: { ...AUTH, sync: '1m' } });
  await using two = await startOnStore(folder.file, { auth: { ...AUTH, sync: '1m' } });
  const { body: key } = await ask(one, '/v1/keys', { body: { name: 'shared' } });
  expect((await ask(two, `/v1/keys/${key.id}`, { body: { note: 'two' } })).body).toMatchObject({ version: 2 });
  expect((await ask(one, `/v1/keys/${key.id}`, { body: { metadata: { by: 'one' } } })).body).toMatchObject({
    version: 3,
    note: 'two',
    metadata: { by: 'one' },
  });
  expect((await ask(two, `/v1/keys/${key.id}`, { body: { note: 'x', if_version: 3 } })).status).toBe(200);
});

test.each([
  ['cut', undefined, true],
  ['finish', undefined, false],
  ['cut', 'finish', false],
  ['finish', 'cut', true],
] as const)(
  'under revokedStreams %s, and with streams %s, a revocation cuts running streams: %s',
  async (revokedStreams, streams, cuts) => {
    using folder = temporaryFolder();
    await using one = await startOnStore(folder.file, { auth: { ...AUTH, revokedStreams } }, [started]);
    await using two = await startOnStore(folder.file, { auth: { ...AUTH, revokedStreams } }, [started]);
    const { body: key } = await ask(one, '/v1/keys', { body: { name: 'streaming' } });
    await until(200, two, key.secret);
    const here = await begun(await stream(one, key.secret));
    const there = await begun(await stream(two, key.secret));
    await ask(one, `/v1/keys/${key.id}/revoke`, { body: streams === undefined ? {} : { streams } });
    if (cuts) {
      for (const running of [here, there]) expect(await running.rest()).toContain('key_revoked');
      return;
    }
    // Both know of the revocation, and their streams run on.
    for (const rig of [one, two]) await until(401, rig, key.secret);
    for (const rig of [one, two])
      expect(rig.finished().filter(({ operation }) => operation.startsWith('chat'))).toEqual([]);
    for (const rig of [one, two]) await rig.gateway.close();
    for (const running of [here, there]) expect(await running.rest()).toContain('shutting_down');
  },
);

test('a key that expires, and a secret that ends, cut nothing that runs', async () => {
  using folder = temporaryFolder();
  await using rig = await startOnStore(folder.file, { auth: AUTH }, [started]);
  const { body: key } = await ask(rig, '/v1/keys', { body: { name: 'rotated' } });
  const running = await begun(await stream(rig, key.secret));
  for (let rotation = 0; rotation < 3; rotation++) await ask(rig, `/v1/keys/${key.id}/rotate`, { body: {} });
  await ask(rig, `/v1/keys/${key.id}`, { body: { expires_in: '1ms' } });
  expect(await accessOf(rig, key.secret)).toBe(401);
  // The changes of other keys end what no longer may run, too.
  const { body: other } = await ask(rig, '/v1/keys', { body: { name: 'other' } });
  await ask(rig, `/v1/keys/${other.id}/revoke`, { method: 'POST' });
  expect(rig.codes()).not.toContain('key_revoked');
  await rig.gateway.close();
  expect(await running.rest()).toContain('shutting_down');
});

test('a key that another gateway has made for the same request is not made again', async () => {
  using folder = temporaryFolder();
  await using one = await startOnStore(folder.file, { auth: { ...AUTH, sync: '1m' } });
  await using two = await startOnStore(folder.file, { auth: { ...AUTH, sync: '1m' } });
  const body = { name: 'once', idempotency_key: 'once' };
  expect((await ask(one, '/v1/keys', { body })).status).toBe(200);
  const { status, body: again } = await ask(two, '/v1/keys', { body });
  expect([status, again.error?.code]).toEqual([409, 'already_rotated']);
});

test('a rotation with overlap fails no call of two gateways under load', async () => {
  using folder = temporaryFolder();
  await using one = await startOnStore(folder.file, { auth: AUTH });
  await using two = await startOnStore(folder.file, { auth: AUTH });
  const { body: key } = await ask(one, '/v1/keys', { body: { name: 'busy' } });
  await until(200, two, key.secret);
  let secret = key.secret;
  const load = { runs: true };
  const statuses: number[] = [];
  const callers = [one, two].flatMap((rig) =>
    [1, 2, 3].map(async () => {
      while (load.runs) statuses.push(await statusOf(rig, secret));
    }),
  );
  for (let rotation = 0; rotation < 4; rotation++) {
    const { body } = await ask(rotation % 2 === 0 ? one : two, `/v1/keys/${key.id}/rotate`, {
      body: { overlap: '1h' },
    });
    // A client that has the new secret may send it to either gateway: it waits until both know it.
    for (const rig of [one, two]) await until(200, rig, body.secret);
    secret = body.secret;
  }
  load.runs = false;
  await Promise.all(callers);
  expect(statuses.length).toBeGreaterThan(20);
  expect(new Set(statuses)).toEqual(new Set([200]));
});

test('a store that is locked keeps known keys served, and a change is a 503', { timeout: 60_000 }, async () => {
  using folder = temporaryFolder();
  await using rig = await startOnStore(folder.file, { auth: AUTH });
  const { body: key } = await ask(rig, '/v1/keys', { body: { name: 'known' } });
  const lock = openRaw(folder.file);
  lock.exec('begin exclusive');
  const changed = ask(rig, '/v1/keys', { body: { name: 'refused' } });
  expect([await statusOf(rig, key.secret), (await fetch(`${rig.url}/readyz`)).status]).toEqual([200, 200]);
  const { status, body } = await changed;
  expect([status, body.error?.code]).toEqual([503, 'store_unavailable']);
  lock.exec('rollback');
  lock.close();
  expect((await ask(rig, '/v1/keys', { body: { name: 'accepted' } })).status).toBe(200);
});

test('a corrupt store stops the start', async () => {
  using folder = temporaryFolder();
  const raw = openRaw(folder.file);
  raw.exec('create table foreign_table (x)');
  raw.close();
  await expect(startOnStore(folder.file)).rejects.toThrow('not a Spillway store');
  await expect(
    startRig([chatCompletion({ content: 'x' })], { config: { store: { url: `sqlite:${folder.file}` } } }),
  ).rejects.toThrow();
});

test('a tenant that one gateway has removed gets no key through another one that has not read it yet', async () => {
  using folder = temporaryFolder();
  const auth = { ...AUTH, sync: '1m' };
  await using one = await startOnStore(folder.file, { auth });
  await ask(one, '/v1/tenants', { body: { name: 'acme', budgets: [{ amount_usd: 1, period: 'day' }] } });
  const admin = (await ask(one, '/v1/keys', { body: { name: 'own', tenant: 'acme', role: 'admin' } })).body;
  await using two = await startOnStore(folder.file, { auth });
  await ask(one, `/v1/keys/${admin.id}/revoke`, { method: 'POST' });
  expect((await ask(one, '/v1/tenants/acme', { method: 'DELETE' })).status).toBe(200);
  const refusals = [
    await ask(two, '/v1/keys', { body: { name: 'escaped', tenant: 'acme' } }),
    await ask(two, '/v1/keys', { key: admin.secret, body: { name: 'escaped' } }),
  ];
  for (const { status, body } of refusals)
    expect([status, body.error]).toMatchObject([
      400,
      { code: 'invalid_request', param: 'tenant', message: 'tenant: there is no tenant "acme".' },
    ]);
});
