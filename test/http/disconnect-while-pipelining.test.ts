import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { exchange } from '../helpers/exchange.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const BODY = JSON.stringify(HELLO);
const post = (body: string, length = Buffer.byteLength(body)): string =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;
const LARGE = JSON.stringify({ ...HELLO, pad: 'x'.repeat(200_000) });

/** Bytes that may be unread behind a running request. */
const BEHIND = {
  nothing: '',
  'a small request': post(BODY),
  'a request with a large body': post(LARGE),
  'a large body that is not received yet': post(LARGE, 2 * LARGE.length),
  'a body in chunks':
    'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n' +
    `${(100_000).toString(16)}\r\n${'x'.repeat(100_000)}\r\n`,
  'a CONNECT and bytes': `CONNECT other:443 HTTP/1.1\r\nhost: other:443\r\n\r\n${'x'.repeat(200_000)}`,
};

test.each(Object.entries(BEHIND))(
  'AB-03 a disconnect is noticed with %s behind the running request',
  async (_, behind) => {
    await using rig: Rig = await startRig([{ head: false, end: 'hang' }]);
    const socket = connect(Number(new URL(rig.url).port), '127.0.0.1').on('error', () => undefined);
    socket.write(post(BODY) + behind);
    const [upstream] = rig.upstreams;
    await upstream?.until(({ hits }) => hits.length === 1);
    socket.destroy();
    await upstream?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    expect((await rig.ended()).code).toBe('client_closed');
    expect(upstream?.hits).toHaveLength(1);
  },
);

test('a connection that its client ends with the last byte of the request is noticed, and its request is cancelled', async () => {
  await using rig: Rig = await startRig([{ head: false, end: 'hang' }]);
  for (let n = 0; n < 20; n++)
    connect(Number(new URL(rig.url).port), '127.0.0.1')
      .on('error', () => undefined)
      .end(post(BODY));
  await rig.ended(19);
  expect(new Set(rig.codes())).toEqual(new Set(['client_closed']));
  // For an end in a later packet the upstream may already have the request.
  await rig.upstreams[0]?.until(({ hits }) => hits.every(({ closedAt }) => closedAt !== undefined));
});

const PATHS = ['/livez', '/docs', '/docs/', '/openapi.json', '/v1/models'];

test.each([
  ['GET', 400, [...PATHS, '/trpc/health.live', '/trpc/chat.completions.stream']],
  ['HEAD', 400, PATHS],
  // A path's methods are looked at first.
  ['GET', 405, ['/v1/chat/completions', '/trpc/chat.completions.create']],
  ['HEAD', 405, ['/v1/embeddings', '/trpc/health.live', '/trpc/chat.completions.create']],
  ['PUT', 405, [...PATHS.filter((path) => !path.startsWith('/docs')), '/v1/chat/completions', '/trpc/health.live']],
] as const)('a %s with a body is refused with %i, and its body is not read', async (method, status, paths) => {
  await using rig = await startRig([{}]);
  for (const path of paths)
    for (const body of ['content-length: 100000000', 'transfer-encoding: chunked']) {
      const behind = 'POST /v1/embeddings HTTP/1.1\r\nhost: localhost\r\n\r\n';
      const head = `${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${body}\r\n\r\n`;
      const text = await exchange(rig.url, `${head}3\r\nxyz\r\n0\r\n\r\n${behind}`);
      expect([path, text]).toEqual([path, expect.stringMatching(/^HTTP\/1\.1 \d+ [^]*connection: close/i)]);
      expect([path, text.match(/HTTP\/1\.1 \d+/g)]).toEqual([path, [`HTTP/1.1 ${status}`]]);
    }
});

test('a request with a large body behind another one does not run, and the connection ends after the answer before it', async () => {
  await using rig = await startRig([
    {
      body: { choices: [{ index: 0, message: { role: 'assistant', content: 'one' }, finish_reason: 'stop' }] },
      delay: 50,
    },
  ]);
  const text = await exchange(rig.url, post(BODY) + post(LARGE) + post(BODY));
  expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(rig.upstreams[0]?.hits).toHaveLength(1);
});
