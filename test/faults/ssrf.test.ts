import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { chatCompletion } from '../../src/testing/index.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { startListener } from '../helpers/listener.ts';

/** Members that are refused, and others, which are parameters like any other. */
const REFUSED = ['base_url', 'baseURL', 'Base-Url', 'api_base', 'apiBase', 'api_key', 'custom_host', 'EXTRA_HEADERS'];
const NAMES = ['api_url', 'url', 'host', 'endpoint', 'target'];
const HEADERS = [
  'x-base-url x-api-base x-target-url x-forwarded-host x-original-url x-rewrite-url forwarded',
  'x-portkey-custom-host x-upstream openai-base-url proxy http-proxy destination referer',
].flatMap((line) => line.split(' '));

/** Sends bytes and returns what is received until the other side closes. */
async function raw(rig: Rig, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.end(bytes);
  let text = '';
  for await (const piece of socket) text += String(piece);
  return text;
}

describe('SE-05 SE-07 no client chooses a host', () => {
  test('by members of the body, parameters of the address or headers', async () => {
    await using listener = await startListener();
    await using rig = await startRig([chatCompletion({ content: 'x' })]);
    const target = `http://127.0.0.1:${listener.port}/v1`;
    const door = `${rig.url}/v1/chat/completions`;
    const inBody = Object.fromEntries(NAMES.map((name) => [name, target]));
    const all = Object.fromEntries([...NAMES, ...REFUSED].map((name) => [name, target]));
    const inQuery = new URLSearchParams(all).toString();
    const inHeaders = Object.fromEntries(HEADERS.map((name) => [name, target]));
    for (const send of [
      () => post(fetch, door, { ...HELLO, ...inBody }),
      () => post(fetch, door, { ...HELLO, extra_body: all, extra_query: all, client: all }),
      () => post(fetch, `${door}?${inQuery}`, HELLO),
      () => post(fetch, door, HELLO, { headers: inHeaders }),
      () => post(rig.gateway.fetch, `${target}/chat/completions`, HELLO, { headers: inHeaders }),
    ])
      expect([(await send()).status, listener.connects()]).toEqual([200, 0]);
    expect(rig.upstreams[0]?.hits).toHaveLength(5);
    for (const name of REFUSED) {
      const response = await post(fetch, door, { ...HELLO, [name]: target });
      expect([name, response.status, await response.json()]).toMatchObject([name, 400, { error: { param: name } }]);
    }
    for (const { headers } of rig.upstreams[0]?.hits ?? [])
      expect(JSON.stringify(headers)).not.toContain(String(listener.port));
  });

  test.each([
    'http://127.0.0.1:PORT/v1',
    'http:%2f%2f127.0.0.1:PORT',
    '127.0.0.1:PORT/m',
    'a/../127.0.0.1:PORT',
    '//127.0.0.1:PORT/m',
  ])('by the model %s', async (text) => {
    await using listener = await startListener();
    await using rig = await startRig([chatCompletion({ content: 'x' })]);
    const model = text.replace('PORT', String(listener.port));
    const response = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, model });
    expect([response.status, listener.connects(), rig.upstreams[0]?.hits.length]).toEqual([404, 0, 0]);
  });

  test('by a model of a provider that allows every model: it is only forwarded in the body', async () => {
    await using listener = await startListener();
    await using provider = await startRig([chatCompletion({ content: 'x' })]);
    await using rig = await startRig([], {
      config: {
        providers: { a: { baseUrl: provider.upstreams[0]?.baseUrl, apiKey: 'k', models: { '*': {} } } },
        chains: { default: { entries: ['a/m'] } },
      },
    });
    const model = `http://127.0.0.1:${listener.port}/../..//x`;
    expect((await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, model: `a/${model}` })).status).toBe(200);
    const [hit] = provider.upstreams[0]?.hits ?? [];
    expect([hit?.path, JSON.parse(hit?.body.toString() ?? '')]).toMatchObject(['/v1/chat/completions', { model }]);
    expect(listener.connects()).toBe(0);
  });

  test('by an address in the request line or another Host', async () => {
    await using listener = await startListener();
    await using rig = await startRig([chatCompletion({ content: 'x' })]);
    const target = `127.0.0.1:${listener.port}`;
    const body = JSON.stringify(HELLO);
    const rest = `content-type: application/json\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    for (const head of [
      `POST http://${target}/v1/chat/completions HTTP/1.1\r\nhost: localhost`,
      `POST http://${target}/v1/chat/completions HTTP/1.1\r\nhost: ${target}`,
      `POST //${target}/v1/chat/completions HTTP/1.1\r\nhost: localhost`,
      `POST @${target}/v1/chat/completions HTTP/1.1\r\nhost: localhost`,
      `POST /v1/chat/completions HTTP/1.1\r\nhost: ${target}`,
      `CONNECT ${target} HTTP/1.1\r\nhost: ${target}`,
    ]) {
      await raw(rig, `${head}\r\n${rest}`);
      expect(listener.connects()).toBe(0);
    }
    for (const { headers } of rig.upstreams[0]?.hits ?? []) expect(headers['host']).not.toBe(target);
  });
});

test.each([301, 302, 303, 307, 308])(
  'a %i to another host is not followed: no connection is made to it',
  async (status) => {
    await using listener = await startListener();
    const location = `http://127.0.0.1:${listener.port}/v1/chat/completions`;
    const headers = { location, refresh: `0;url=${location}`, 'content-location': location };
    await using rig = await startRig([{ status, headers, body: 'moved' }, chatCompletion({ content: 'x' })]);
    for (const stream of [false, true]) {
      const response = await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream });
      expect([response.status, response.headers.get('location')]).toEqual([200, null]);
      await response.text();
    }
    expect([rig.upstreams[0]?.hits.length, listener.connects()]).toEqual([2, 0]);
  },
);

test('an entry whose host name resolves to a private address is unreachable, and the next one is tried', async () => {
  await using listener = await startListener();
  await using provider = await startRig([chatCompletion({ content: 'x' })]);
  const lookups: string[] = [];
  await using rig = await startRig([], {
    config: {
      providers: {
        a: { baseUrl: `http://provider.test:${listener.port}/v1`, apiKey: 'k' },
        b: { baseUrl: provider.upstreams[0]?.baseUrl, apiKey: 'k' },
      },
      chains: { default: { entries: ['a/m', 'b/m'] } },
    },
    lookup(hostname, _, callback) {
      lookups.push(hostname);
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    },
  });
  expect((await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).status).toBe(200);
  expect((await rig.ended()).trail[0]).toMatchObject({ outcome: 'unreachable' });
  expect([lookups, listener.connects()]).toEqual([['provider.test'], 0]);
});
