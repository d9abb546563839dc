import { expect, test } from 'vitest';
import { ConfigError } from '../../src/config/problems.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { chatStream, openaiError, responder, type Script } from '../../src/testing/index.ts';
import { HELLO, post, type Rig, startRig } from '../helpers/gateway.ts';
import { askStream, readUntil } from './wire.ts';

/** Two configurations with nothing in common: providers, models and keys are all of one of them. */
function configOf(rig: Rig, name: 'one' | 'two'): ConfigInput {
  const [first, second] = name === 'one' ? rig.upstreams : rig.upstreams.slice(2);
  return {
    auth: { keys: [{ name, key: `key-of-${name}` }] },
    providers: {
      [`${name}-busy`]: { baseUrl: first?.baseUrl, apiKey: `sk-${name}-busy` },
      [`${name}-good`]: { baseUrl: second?.baseUrl, apiKey: `sk-${name}-good` },
    },
    chains: { default: { entries: [`${name}-busy/m-${name}`, `${name}-good/m-${name}`] } },
  };
}

const BUSY = openaiError(500, 'busy');
const NAMES = ['one', 'two'] as const;

async function rigOfTwo(good: Script): Promise<Rig> {
  const rig = await startRig([BUSY, good, BUSY, good]);
  await rig.gateway.reload(configOf(rig, 'one'));
  return rig;
}

const asking = (rig: Rig, name: string, body: object = HELLO): Promise<Response> =>
  post(fetch, `${rig.url}/v1/chat/completions`, body, { headers: { authorization: `Bearer key-of-${name}` } });

test('CF-02 while two configurations change places every request is served wholly by one of them', async () => {
  await using rig = await rigOfTwo(responder({ content: 'served' }));
  const over = new AbortController();
  const statuses: Record<number, number> = {};
  const worker = async (n: number): Promise<void> => {
    const name = NAMES[n % 2] ?? 'one';
    for (let turn = 0; !over.signal.aborted; turn++) {
      const response = await asking(rig, name, { ...HELLO, stream: turn % 2 === 0 });
      const text = await response.text();
      statuses[response.status] = (statuses[response.status] ?? 0) + 1;
      // Whose key it is says which configuration was there when the request came.
      if (response.status === 200)
        expect([response.headers.get('x-spillway-provider'), text.includes('served')]).toEqual([`${name}-good`, true]);
      else expect([response.status, text]).toEqual([401, expect.stringContaining('invalid_api_key')]);
    }
  };
  const workers = Array.from({ length: 8 }, (_, n) => worker(n));
  for (let n = 1; n <= 100; n++) {
    await rig.gateway.reload(configOf(rig, NAMES[n % 2] ?? 'one'));
    await rig.upstreams[0]?.until(() => true);
    await asking(rig, NAMES[n % 2] ?? 'one').then((response) => response.text());
  }
  over.abort();
  await Promise.all(workers);
  expect(Object.keys(statuses)).toEqual(['200', '401']);
  for (const { trail, principal, code } of rig.finished()) {
    if (code !== 'ok') continue;
    expect(new Set(trail.map(({ provider }) => provider.split('-')[0]))).toEqual(new Set([principal]));
    expect(trail.map(({ model }) => model)).toEqual([`m-${principal}`, `m-${principal}`]);
  }
  for (const [index, { hits }] of rig.upstreams.entries())
    for (const { headers } of hits)
      expect(headers['authorization']).toMatch(index < 2 ? /^Bearer sk-one-/ : /^Bearer sk-two-/);
});

test('a stream that runs goes on by the configuration that it began with', async () => {
  await using rig = await rigOfTwo(chatStream({ content: 'one two three four five', delay: 20 }));
  const response = await askStream(rig, {}, { authorization: 'Bearer key-of-one' });
  const reader = response.body!.getReader();
  let all = await readUntil(reader, 'two');
  await rig.gateway.reload(configOf(rig, 'two'));
  all += await readUntil(reader, '[DONE]');
  expect(all).toMatch(/five[^]*data: \[DONE\]\n\n$/);
  expect((await asking(rig, 'one')).status).toBe(401);
});

test('CF-04 connections that no provider needs any more close after their last request', async () => {
  await using rig = await rigOfTwo(responder({ content: 'served word by word', delay: 5 }));
  await (await asking(rig, 'one')).text();
  const response = await asking(rig, 'one', { ...HELLO, stream: true });
  await rig.gateway.reload(configOf(rig, 'two'));
  expect(await response.text()).toContain('[DONE]');
  await Promise.all(rig.upstreams.slice(0, 2).map((upstream) => upstream.until(({ sockets }) => sockets.open === 0)));
  expect((await asking(rig, 'two')).status).toBe(200);
});

test('a bad configuration is refused with all that is wrong, and the present one is served on', async () => {
  await using rig = await rigOfTwo(responder({ content: 'served' }));
  const wrong = { ...configOf(rig, 'two'), chains: { default: { entries: ['nobody/m'] } } };
  await expect(rig.gateway.reload(wrong)).rejects.toThrow(ConfigError);
  expect((await asking(rig, 'one')).status).toBe(200);
  expect(rig.gateway.configuration.rejected?.problems).toEqual([
    expect.stringContaining("chains.default.entries[0]: unknown provider 'nobody'"),
  ]);
  await rig.gateway.reload(configOf(rig, 'two'));
  expect(rig.gateway.configuration.rejected).toBeUndefined();
  expect((await asking(rig, 'two')).status).toBe(200);
});

test('a key that was refused is tried again after a reload, a rate limit is not forgotten', async () => {
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

test('what counts from the next start on only is named', async () => {
  await using rig = await rigOfTwo(responder({ content: 'served' }));
  await rig.gateway.reload({ ...configOf(rig, 'one'), server: { port: 1234 }, store: { url: 'sqlite:./other.db' } });
  expect(rig.gateway.configuration.restart).toEqual(['server', 'store']);
  await rig.gateway.reload(configOf(rig, 'one'));
  expect(rig.gateway.configuration.restart).toEqual([]);
});

function responderReply(content: string) {
  return responder({ content })({ method: 'POST', path: '', headers: {}, body: Buffer.from('{}') });
}
