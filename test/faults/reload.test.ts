import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problems.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { chatStream, openaiError, responder, type Script } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { requestStream, readUntil } from './wire.ts';

/** One of two configurations that share no provider, model or key. Answers that run under a removed key finish. */
function configOf(rig: Rig, name: 'one' | 'two'): ConfigInput {
  const [first, second] = name === 'one' ? rig.upstreams : rig.upstreams.slice(2);
  return {
    auth: { keys: [{ name, key: `key-of-${name}` }], revokedStreams: 'finish' },
    providers: {
      [`${name}-busy`]: { baseUrl: first?.baseUrl, apiKey: `sk-${name}-busy` },
      [`${name}-good`]: { baseUrl: second?.baseUrl, apiKey: `sk-${name}-good` },
    },
    chains: { default: { entries: [`${name}-busy/m-${name}`, `${name}-good/m-${name}`] } },
  };
}

/** A key that is not that of the active configuration, or of which there were many in a minute. */
const REFUSED = /^401 .*"code":"(?:invalid_api_key|key_revoked)"|^429 .*"code":"too_many_failures"/;

const BUSY = openaiError(500, 'busy');
const NAMES = ['one', 'two'] as const;

async function rigOfTwo(good: Script): Promise<Rig> {
  const rig = await startRig([BUSY, good, BUSY, good]);
  await rig.gateway.reload(configOf(rig, 'one'));
  return rig;
}

const send = (rig: Rig, name: string, body: object = HELLO): Promise<Response> =>
  post(fetch, `${rig.url}/v1/chat/completions`, body, { headers: { authorization: `Bearer key-of-${name}` } });

test('CF-02 while two configurations replace each other, every request is served wholly by one of them', async () => {
  await using rig = await rigOfTwo(responder({ content: 'served' }));
  const finished = new AbortController();
  const statuses: Record<number, number> = {};
  const worker = async (n: number): Promise<void> => {
    const name = NAMES[n % 2] ?? 'one';
    for (let turn = 0; !finished.signal.aborted; turn++) {
      const response = await send(rig, name, { ...HELLO, stream: turn % 2 === 0 });
      const text = await response.text();
      statuses[response.status] = (statuses[response.status] ?? 0) + 1;
      // The key shows which configuration was active when the request was accepted.
      if (response.status === 200)
        expect([response.headers.get('x-spillway-provider'), text.includes('served')]).toEqual([`${name}-good`, true]);
      else expect(`${response.status} ${text}`).toMatch(REFUSED);
    }
  };
  const workers = Array.from({ length: 8 }, (_, n) => worker(n));
  for (let n = 1; n <= 100; n++) {
    await rig.gateway.reload(configOf(rig, NAMES[n % 2] ?? 'one'));
    await rig.upstreams[0]?.until(() => true);
    await send(rig, NAMES[n % 2] ?? 'one').then((response) => response.text());
  }
  finished.abort();
  await Promise.all(workers);
  expect(statuses[200]).toBeGreaterThan(0);
  expect(statuses[401]).toBeGreaterThan(0);
  for (const { trail, principal, code } of rig.finished()) {
    if (code !== 'ok') continue;
    expect(new Set(trail.map(({ provider }) => provider.split('-')[0]))).toEqual(new Set([principal]));
    expect(trail.map(({ model }) => model)).toEqual([`m-${principal}`, `m-${principal}`]);
  }
  for (const [index, { hits }] of rig.upstreams.entries())
    for (const { headers } of hits)
      expect(headers['authorization']).toMatch(index < 2 ? /^Bearer sk-one-/ : /^Bearer sk-two-/);
});

test('a running stream continues with the configuration that it started with', async () => {
  await using rig = await rigOfTwo(chatStream({ content: 'one two three four five', delay: 20 }));
  const response = await requestStream(rig, {}, { authorization: 'Bearer key-of-one' });
  const reader = response.body!.getReader();
  let all = await readUntil(reader, 'two');
  await rig.gateway.reload(configOf(rig, 'two'));
  all += await readUntil(reader, '[DONE]');
  expect(all).toMatch(/five[^]*data: \[DONE\]\n\n$/);
  expect((await send(rig, 'one')).status).toBe(401);
});

test('CF-04 connections to providers that are no longer configured close after their last request', async () => {
  await using rig = await rigOfTwo(responder({ content: 'served word by word', delay: 5 }));
  await (await send(rig, 'one')).text();
  const response = await send(rig, 'one', { ...HELLO, stream: true });
  await rig.gateway.reload(configOf(rig, 'two'));
  expect(await response.text()).toContain('[DONE]');
  await Promise.all(rig.upstreams.slice(0, 2).map((upstream) => upstream.until(({ sockets }) => sockets.open === 0)));
  expect((await send(rig, 'two')).status).toBe(200);
});

test('an invalid configuration is rejected with all its problems, and the active one stays in use', async () => {
  await using rig = await rigOfTwo(responder({ content: 'served' }));
  const wrong = { ...configOf(rig, 'two'), chains: { default: { entries: ['absent/m'] } } };
  await expect(rig.gateway.reload(wrong)).rejects.toThrow(ConfigError);
  expect((await send(rig, 'one')).status).toBe(200);
  expect(rig.gateway.configuration.rejected?.problems).toEqual([
    expect.stringContaining("chains.default.entries[0]: unknown provider 'absent'"),
  ]);
  await rig.gateway.reload(configOf(rig, 'two'));
  expect(rig.gateway.configuration.rejected).toBeUndefined();
  expect((await send(rig, 'two')).status).toBe(200);
});

const withoutKeys = (rig: Rig): ConfigInput => {
  const { auth: _, ...rest } = configOf(rig, 'two');
  return rest;
};
const models = async (rig: Rig, key?: string): Promise<number> =>
  (await fetch(`${rig.url}/v1/models`, key === undefined ? {} : { headers: { 'x-api-key': key } })).status;

describe('a reload never goes from keyed to keyless', () => {
  test.each([
    ['reload', (rig: Rig, input: ConfigInput) => rig.gateway.reload(input)],
    [
      'apply',
      async (rig: Rig, input: ConfigInput) => {
        rig.gateway.apply(parseConfig(input, {}));
        const [problem = ''] = rig.gateway.configuration.rejected?.problems ?? [];
        throw new Error(problem);
      },
    ],
  ])('by %s, whether auth is absent or none', async (_, load) => {
    await using rig = await rigOfTwo(responder({ content: 'served' }));
    for (const input of [withoutKeys(rig), { ...withoutKeys(rig), auth: 'none' } satisfies ConfigInput]) {
      await expect(load(rig, input)).rejects.toThrow('auth.keys: no key is left, and a reload never opens a gateway');
      expect(rig.gateway.configuration.rejected?.problems).toEqual([
        expect.stringContaining('auth.keys: no key is left'),
      ]);
      expect([rig.gateway.keyless, await models(rig), await models(rig, 'key-of-one')]).toEqual([false, 401, 200]);
    }
    await rig.gateway.reload(configOf(rig, 'two'));
    expect([rig.gateway.configuration.rejected, await models(rig, 'key-of-two')]).toEqual([undefined, 200]);
  });

  test('because a source has lost its keys', async () => {
    const source = { hasKeys: true, find: () => undefined };
    await using rig = await startRig([{}, {}, {}, {}], { keySources: [source] });
    source.hasKeys = false;
    await expect(rig.gateway.reload(withoutKeys(rig))).rejects.toThrow('auth.keys: no key is left');
    expect([rig.gateway.keyless, await models(rig)]).toEqual([false, 401]);
    source.hasKeys = true;
    await rig.gateway.reload(withoutKeys(rig));
    expect([rig.gateway.keyless, await models(rig)]).toEqual([false, 401]);
  });

  test('but one whose source could not be read at the start, and has no key, is reloaded and needs a restart', async () => {
    const source = { hasKeys: true, isLoaded: false, find: () => undefined };
    await using rig = await startRig([{}, {}, {}, {}], { keySources: [source] });
    Object.assign(source, { hasKeys: false, isLoaded: true });
    for (let n = 0; n < 2; n++) {
      await rig.gateway.reload(withoutKeys(rig));
      expect([rig.gateway.configuration.rejected, rig.gateway.keyless, await models(rig)]).toEqual([
        undefined,
        false,
        401,
      ]);
    }
    // From its first key on it is as any other gateway with keys.
    await rig.gateway.reload(configOf(rig, 'one'));
    expect(await models(rig, 'key-of-one')).toBe(200);
    await expect(rig.gateway.reload(withoutKeys(rig))).rejects.toThrow('auth.keys: no key is left');
  });

  test('because a variable with a key has vanished', async () => {
    const environment: Record<string, string | undefined> = { KEY: 'key-of-two' };
    await using rig = await startRig([{}, {}, {}, {}], { environment });
    const input = { ...configOf(rig, 'two'), auth: { keys: [{ name: 'two', key: '${KEY}' }] } };
    await rig.gateway.reload(input);
    for (const value of ['', undefined]) {
      environment['KEY'] = value;
      await expect(rig.gateway.reload(input)).rejects.toThrow('auth.keys[0].key: environment variable KEY is');
      expect([rig.gateway.keyless, await models(rig), await models(rig, 'key-of-two')]).toEqual([false, 401, 200]);
    }
  });

  test('while one that started without keys may get some', async () => {
    await using rig = await startRig([{}, {}, {}, {}]);
    expect([rig.gateway.keyless, await models(rig)]).toEqual([true, 200]);
    await rig.gateway.reload(configOf(rig, 'one'));
    expect([rig.gateway.keyless, await models(rig)]).toEqual([false, 401]);
  });
});

test('a reload retries a rejected key, and keeps a rate limit', async () => {
  const first: Script = [openaiError(401, 'wrong key'), responderReply('served')];
  await using rig = await startRig([first, openaiError(429, 'slow down'), responder({ content: 'last' })]);
  const { config } = rig.gateway;
  await (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).text();
  rig.gateway.apply({ ok: true, config, keySources: new Map() });
  const again = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
  expect(again.headers.get('x-spillway-provider')).toBe('a');
  const { data } = (await (await fetch(`${rig.url}/v1/chains/status`)).json()) as {
    data: { entries: { state: string; reason: string | null }[] }[];
  };
  expect(data[0]?.entries.map(({ state, reason }) => [state, reason])).toEqual([
    ['ready', null],
    ['cooling_down', 'throttled'],
    ['ready', null],
  ]);
});

test('settings that take effect at the next start are listed', async () => {
  await using rig = await rigOfTwo(responder({ content: 'served' }));
  await rig.gateway.reload({ ...configOf(rig, 'one'), server: { port: 1234 }, store: { url: 'sqlite:./other.db' } });
  expect(rig.gateway.configuration.restart).toEqual(['server', 'store']);
  await rig.gateway.reload(configOf(rig, 'one'));
  expect(rig.gateway.configuration.restart).toEqual([]);
});

function responderReply(content: string) {
  return responder({ content })({ method: 'POST', path: '', headers: {}, body: Buffer.from('{}') });
}
