import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { readProxies } from '../../src/config/proxies.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { startListener } from '../helpers/listener.ts';
import { certified, startSecure } from '../helpers/secure.ts';
import { endpointAt, send, using } from './exchange.ts';
import { listenOnLoopback } from '../helpers/listen.ts';

/** A proxy that opens every tunnel to this machine, whatever the name of its target. */
async function startProxy(answer?: (socket: Socket) => void) {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const others: string[] = [];
  const server = createServer((request, response) => {
    others.push(request.url ?? '');
    response.writeHead(501).end();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('connect', (request, socket: Socket) => {
    requests.push(request);
    socket.on('error', () => undefined);
    if (answer !== undefined) return answer(socket);
    const upstream = connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.once('close', () => upstream.destroy());
  });
  const port = await listenOnLoopback(server);
  return {
    requests,
    others,
    url: `http://user:hunter2-pass@127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';
const answering = () => startListener((socket) => void socket.on('data', () => socket.write(OK)));
const through = (environment: Record<string, string>) => using(createPools({ proxyOf: readProxies(environment) }));

test('https goes through a tunnel, and the provider’s own certificate is checked inside it', async () => {
  await using proxy = await startProxy();
  await using provider = await startSecure((_, response) => void response.end('{}'));
  await using pools = through({ HTTPS_PROXY: proxy.url });
  const endpoint = endpointAt(`https://provider.test:${provider.port}`, { private: false, ca: certified().ca });
  for (let n = 0; n < 3; n++) expect(await send(pools, endpoint)).toMatchObject({ status: 200, body: '{}' });
  expect(new Set(proxy.requests.map(({ url }) => url))).toEqual(new Set([`provider.test:${provider.port}`]));
  expect(proxy.requests[0]?.headers).toMatchObject({
    host: `provider.test:${provider.port}`,
    'proxy-authorization': `Basic ${Buffer.from('user:hunter2-pass').toString('base64')}`,
  });
  expect(JSON.stringify(proxy.requests[0]?.headers)).not.toContain('secret');
  expect(provider.headers[0]).not.toHaveProperty('proxy-authorization');
  const { failure } = await send(pools, endpointAt(`https://other.test:${provider.port}`, { ca: certified().ca }));
  expect(failure?.message).toBe('No reply (ERR_TLS_CERT_ALTNAME_INVALID).');
});

test('http goes through a tunnel too', async () => {
  await using proxy = await startProxy();
  await using provider = await answering();
  await using pools = through({ HTTP_PROXY: proxy.url, HTTPS_PROXY: 'http://127.0.0.1:1' });
  expect(await send(pools, endpointAt(`http://provider.test:${provider.port}`))).toMatchObject({
    status: 200,
    body: '{}',
  });
  expect([proxy.requests.length, proxy.others]).toEqual([1, []]);
});

describe('behind a proxy that opens no tunnel a provider cannot be reached', () => {
  test.each([407, 502, 403, 100, 301])('with status %i', async (status) => {
    await using proxy = await startProxy((socket) => socket.end(`HTTP/1.1 ${status} No user:hunter2-pass\r\n\r\nno`));
    await using pools = through({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url });
    for (const scheme of ['http', 'https']) {
      const { failure } = await send(pools, endpointAt(`${scheme}://provider.test`));
      expect(failure?.kind).toBe('refused');
      expect(failure?.message).toMatch(/^The proxy (refused the connection \(\d+\)|cannot be reached \(\w+\))\.$/);
    }
  });

  test.each<[string, (socket: Socket) => void]>([
    ['that closes', (socket) => socket.destroy()],
    ['that resets', (socket) => socket.resetAndDestroy()],
    ['that speaks another protocol', (socket) => socket.end('SSH-2.0-x\r\n\r\n')],
    ['that closes the tunnel at once', (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n')],
    [
      'that resets the tunnel at once',
      (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n', () => socket.resetAndDestroy()),
    ],
  ])('%s', async (_, answer) => {
    await using proxy = await startProxy(answer);
    await using pools = through({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url });
    for (const scheme of ['http', 'https'])
      expect((await send(pools, endpointAt(`${scheme}://provider.test`))).failure?.kind).toBe('refused');
    expect(proxy.requests.length).toBeLessThanOrEqual(2);
  });

  test('that is down', async () => {
    await using pools = through({ HTTPS_PROXY: 'http://user:hunter2-pass@127.0.0.1:1' });
    const { failure } = await send(pools, endpointAt('https://provider.test'));
    expect(failure).toMatchObject({ kind: 'refused', message: 'The proxy cannot be reached (ECONNREFUSED).' });
  });
});

test.each(['http', 'https'])(
  'an abort while the proxy opens a tunnel for %s ends the CONNECT request',
  async (scheme) => {
    const begun = Promise.withResolvers<Socket>();
    await using proxy = await startProxy((socket) => begun.resolve(socket));
    await using pools = through({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url });
    const controller = new AbortController();
    const sent = send(pools, endpointAt(`${scheme}://provider.test`), controller.signal);
    const ended = once((await begun.promise).resume(), 'end');
    controller.abort();
    expect(await sent).toMatchObject({ status: undefined, failure: undefined });
    await ended;
    expect(proxy.requests).toHaveLength(1);
  },
);

test('an abort during a provider’s TLS handshake closes the socket', async () => {
  const begun = Promise.withResolvers<Socket>();
  await using provider = await startListener((socket) => begun.resolve(socket));
  await using pools = using(createPools());
  const controller = new AbortController();
  const sent = send(pools, endpointAt(`https://127.0.0.1:${provider.port}`), controller.signal);
  const closed = once((await begun.promise).resume(), 'close');
  controller.abort();
  await sent;
  await closed;
});

test('closing the pools ends a CONNECT request to a proxy', async () => {
  const begun = Promise.withResolvers<Socket>();
  await using proxy = await startProxy((socket) => begun.resolve(socket));
  const pools = createPools({ proxyOf: readProxies({ HTTPS_PROXY: proxy.url }) });
  const sent = send(pools, endpointAt('https://provider.test'));
  const ended = once((await begun.promise).resume(), 'end');
  await pools.close();
  expect((await sent).failure?.kind).toBe('refused');
  await ended;
});

const PROXY = 'http://proxy.test:3128';
test.each<[Record<string, string>, string, boolean]>([
  [{ HTTPS_PROXY: PROXY }, 'https://h', true],
  [{ HTTPS_PROXY: PROXY }, 'http://h', false],
  [{ HTTP_PROXY: PROXY }, 'http://h', true],
  [{ HTTP_PROXY: PROXY }, 'https://h', false],
  [{ https_proxy: 'proxy.test:3128', HTTPS_PROXY: 'http://other.test' }, 'https://h', true],
  [{ https_proxy: '', HTTPS_PROXY: PROXY }, 'https://h', false],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '*' }, 'https://h', false],
  [{ HTTPS_PROXY: PROXY, no_proxy: '', NO_PROXY: '*' }, 'https://h', true],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'a.test, h.test' }, 'https://h.test', false],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'H.test' }, 'https://x.h.test', false],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '.h.test' }, 'https://h.test', false],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '*.h.test' }, 'https://x.h.test', false],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'h.test' }, 'https://xh.test', true],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'h.test:8443' }, 'https://h.test', true],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'h.test:443' }, 'https://h.test', false],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/8 192.168.0.0/16' }, 'https://192.168.3.4', false],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/8' }, 'https://11.0.0.1', true],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'fd00::/8' }, 'https://[fd00::1]:8443', false],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '[fd00::1]' }, 'https://[fd00::1]', false],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'fd00::1' }, 'https://[fd00::1]', false],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/99,/,:,[,10.0.0.1/' }, 'https://10.0.0.1', true],
  [{ HTTPS_PROXY: PROXY }, 'https://localhost', false],
  [{ HTTPS_PROXY: PROXY }, 'https://127.0.0.9:1', false],
  [{ HTTPS_PROXY: PROXY }, 'https://[::1]', false],
  [{ HTTPS_PROXY: PROXY }, 'https://a.localhost', false],
])('with %j, %s goes through the proxy: %s', (environment, origin, proxied) => {
  expect(readProxies(environment)(origin)?.host).toBe(proxied ? 'proxy.test:3128' : undefined);
});

test.each(['socks5://u:hunter2@h:1', 'http://', 'http://u:%zz-hunter2@h', 'ftp://hunter2', 'a b'])(
  'HTTPS_PROXY=%s is reported when the configuration is loaded, without its password',
  (value) => {
    const good = { providers: { p: { baseUrl: 'http://h' } }, chains: { c: { entries: ['p/m'] } } };
    const result = parseConfig(good, { HTTPS_PROXY: value });
    const message = 'environment variable HTTPS_PROXY is not an http or https URL; correct or unset it';
    expect(result).toMatchObject({ ok: false, problems: [{ path: '', message }] });
    expect(parseConfig(good, { HTTPS_PROXY: '' }).ok).toBe(true);
  },
);
