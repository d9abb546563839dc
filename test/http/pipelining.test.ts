import { describe, expect, test } from 'vitest';
import { connect } from 'node:net';
import { chatCompletion } from '../../src/testing/index.ts';
import { exchange } from '../helpers/exchange.ts';
import { type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const BODY = JSON.stringify(HELLO);
const KEY = 'spillway-key-one';
const WITH_KEY: RigOptions = { bodyLimit: 2000, config: { auth: { keys: [{ name: 'ci', key: KEY }] } } };
const CHAT = '/v1/chat/completions';
const JSON_TYPE = 'content-type: application/json';
const AUTHORIZED = `authorization: Bearer ${KEY}`;
const LARGE = 'x'.repeat(2500);
const LARGE_CHUNK = `${(2500).toString(16)}\r\n${LARGE}\r\n0\r\n\r\n`;

function post(headers: readonly string[], body: string, path = CHAT): string {
  return [`POST ${path} HTTP/1.1`, 'host: localhost', ...headers, '', body].join('\r\n');
}
const sized = (body: string): string => `content-length: ${body.length}`;
const BEHIND = post([JSON_TYPE, AUTHORIZED, sized(BODY)], BODY);

/** Refusals with a body that is not read, or not read to its end. */
const REFUSED: Readonly<Record<string, readonly [bytes: string, status: number]>> = {
  'a body that is too large by its length': [post([JSON_TYPE, AUTHORIZED, sized(LARGE)], LARGE), 413],
  'a body that is too large by its chunks': [
    post([JSON_TYPE, AUTHORIZED, 'transfer-encoding: chunked'], LARGE_CHUNK),
    413,
  ],
  'a body of another type': [post(['content-type: text/plain', AUTHORIZED, sized(BODY)], BODY), 415],
  'a body without a type': [post([AUTHORIZED, sized(BODY)], BODY), 415],
  'a body in an unknown coding': [post([JSON_TYPE, AUTHORIZED, 'content-encoding: lzma', sized(BODY)], BODY), 415],
  'a wrong key': [post([JSON_TYPE, 'authorization: Bearer wrong', sized(BODY)], BODY), 401],
  'no key': [post([JSON_TYPE, sized(BODY)], BODY), 401],
  'another method': [post([JSON_TYPE, AUTHORIZED, sized(BODY)], BODY, '/v1/models'), 405],
  'no such path': [post([JSON_TYPE, AUTHORIZED, sized(BODY)], BODY, '/v1/nothing'), 404],
  'an unknown option': [post([JSON_TYPE, AUTHORIZED, 'x-spillway-x: 1', sized(BODY)], BODY), 400],
};
const PATHS: Readonly<Record<string, string>> = {
  REST: CHAT,
  tRPC: '/trpc/chat.completions.create',
  'a stream of tRPC': '/trpc/chat.completions.stream',
  'a batch of tRPC': '/trpc/chat.completions.create?batch=1',
};

describe.each(Object.entries(PATHS))('HE-15 over %s', (_, path) => {
  test.each(Object.entries(REFUSED))('a request behind %s does not run', async (_, [bytes, status]) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })], WITH_KEY);
    const text = await exchange(rig.url, bytes.replace(`POST ${CHAT} `, `POST ${path} `) + BEHIND);
    const stream = path.endsWith('stream') && (status === 401 || status === 400);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${stream ? 200 : status} `));
    expect(text.toLowerCase()).toContain('connection: close');
    expect(text).toMatch(/"type":"(invalid_request|authentication)_error","param":null,"code":"/);
    expect(text.match(/HTTP\/1\.1 \d{3} /g)).toHaveLength(1);
    expect(rig.upstreams[0]?.hits).toEqual([]);
    expect(rig.finished()).toHaveLength(1);
  });
});

test('a request behind a body that exceeds the limit while it is received does not run', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })], WITH_KEY);
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = '';
  const socket = connect(Number(new URL(rig.url).port), '127.0.0.1').on('close', () => resolve(text));
  socket.on('data', (piece) => {
    // The gateway has sent 100 Continue, so everything else is received while it reads the body.
    if (text === '') socket.write(LARGE_CHUNK + BEHIND);
    text += piece.toString();
  });
  socket.write(post([JSON_TYPE, AUTHORIZED, 'transfer-encoding: chunked', 'expect: 100-continue'], ''));
  expect((await promise).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 413']);
  expect(rig.upstreams[0]?.hits).toEqual([]);
});

test('a request behind a body that was read, and refused for its content, runs', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })]);
  const last = post([JSON_TYPE, sized(BODY), 'connection: close'], BODY);
  const text = await exchange(rig.url, post([JSON_TYPE, 'content-length: 2'], '{}') + last);
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 200']);
});

test('a request behind one that closes the connection does not run', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })]);
  const first = post([JSON_TYPE, 'connection: close', sized(BODY)], BODY);
  const text = await exchange(rig.url, first + post([JSON_TYPE, sized(BODY)], BODY));
  expect([text.match(/HTTP\/1\.1 200/g)?.length, rig.upstreams[0]?.hits.length]).toEqual([1, 1]);
});

test('bytes that are not HTTP behind a request are refused after its answer', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })]);
  const text = await exchange(rig.url, `${post([JSON_TYPE, sized(BODY)], BODY)}hello there\r\n\r\n${BEHIND}`);
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  expect(rig.upstreams[0]?.hits).toHaveLength(1);
});

test('a client that pipelines without end is cut off', async () => {
  await using rig = await startRig([{ head: false, end: 'hang' }]);
  const flood = 'GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(1000);
  expect(await exchange(rig.url, post([JSON_TYPE, sized(BODY)], BODY) + flood)).toBe('');
  expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
});

test('a client that still sends a refused body receives the answer, and no reset', async () => {
  await using rig = await startRig([{}]);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({ port: Number(new URL(rig.url).port), host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  socket.on('data', (piece) => (text += piece.toString()));
  socket.on('error', reject);
  socket.on('close', () => resolve(text));
  // Simple clients read only after they have sent everything.
  socket.pause();
  const size = 30 * 1024 * 1024;
  socket.write(post([JSON_TYPE, `content-length: ${size}`], ''));
  socket.end(Buffer.alloc(size, 'x'), () => socket.resume());
  expect(await promise).toMatch(/^HTTP\/1.1 413 /);
});

test.each(['h2c', 'websocket', 'TLS/1.0'])(
  'an upgrade to %s is not made: the request is answered, and nothing behind it runs',
  async (to) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })]);
    const upgrade = [
      `upgrade: ${to}`,
      'connection: Upgrade, HTTP2-Settings',
      'http2-settings: AAMAAABkAARAAAAAAAIAAAAA',
    ];
    for (const behind of [post([JSON_TYPE, sized(BODY)], BODY), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']) {
      const head = ['GET /livez HTTP/1.1', 'host: localhost', ...upgrade, '', ''].join('\r\n');
      const text = await exchange(rig.url, head + behind);
      expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    }
    expect(await exchange(rig.url, post([JSON_TYPE, ...upgrade, sized(BODY)], BODY))).toContain('"content":"x"');
    expect(rig.upstreams[0]?.hits).toHaveLength(1);
  },
);

test.each(['host: localhost\r\n', ''])('HTTP/1.0 is answered, and the connection closes (%j)', async (host) => {
  await using rig = await startRig([{}], WITH_KEY);
  const text = await exchange(rig.url, `GET /livez HTTP/1.0\r\n${host}\r\n${BEHIND}`);
  expect(text).toMatch(/^HTTP\/1.1 200 /);
  expect(text.match(/HTTP\/1\.1 \d{3} /g)).toHaveLength(1);
  expect(await exchange(rig.url, `GET /trpc/health.live HTTP/1.0\r\n${host}\r\n`)).toMatch(/^HTTP\/1.1 200 /);
});

test.each(['/v1/../livez', '/v1/models/../../livez', '/v1/models/%00', '/v1/%2e%2e/livez', '//livez', '/livez/..'])(
  'nothing is at the path %s',
  async (path) => {
    await using rig = await startRig([{}]);
    const text = await exchange(rig.url, `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1.1 404 /);
    expect(text).toMatch(/"code":"(model_)?not_found"/);
  },
);
