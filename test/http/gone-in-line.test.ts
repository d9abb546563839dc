import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { exchange } from '../helpers/exchange.ts';
import { HELLO, type Rig, startRig } from '../helpers/gateway.ts';

const BODY = JSON.stringify(HELLO);
const post = (body: string, length = Buffer.byteLength(body)): string =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;
const LARGE = JSON.stringify({ ...HELLO, pad: 'x'.repeat(200_000) });

/** What may stand unread behind a request that runs. */
const BEHIND = {
  nothing: '',
  'a small request': post(BODY),
  'a request with a large body': post(LARGE),
  'a large body that is still coming': post(LARGE, 2 * LARGE.length),
  'a body in chunks':
    'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n' +
    `${(100_000).toString(16)}\r\n${'x'.repeat(100_000)}\r\n`,
  'a CONNECT and bytes': `CONNECT other:443 HTTP/1.1\r\nhost: other:443\r\n\r\n${'x'.repeat(200_000)}`,
};

test.each(Object.entries(BEHIND))(
  'AB-03 a caller who leaves is heard with %s behind his request',
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

test('a caller who ends his connection with the last byte of his request is heard, and nothing runs on for him', async () => {
  await using rig: Rig = await startRig([{ head: false, end: 'hang' }]);
  for (let n = 0; n < 20; n++)
    connect(Number(new URL(rig.url).port), '127.0.0.1')
      .on('error', () => undefined)
      .end(post(BODY));
  await rig.ended(19);
  expect(new Set(rig.codes())).toEqual(new Set(['client_closed']));
  // One whose end came in a later packet may have been asked for already.
  await rig.upstreams[0]?.until(({ hits }) => hits.every(({ closedAt }) => closedAt !== undefined));
});

test.each(['GET', 'HEAD'])('a %s with a body is refused, and nothing of it is read', async (method) => {
  await using rig = await startRig([{}]);
  for (const path of ['/livez', '/trpc/health.live', '/docs', '/v1/models']) {
    const head = `${method} ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000000\r\n\r\n`;
    const text = await exchange(rig.url, head + 'x'.repeat(1000));
    expect(text).toMatch(/^HTTP\/1\.1 400 [^]*connection: close/i);
  }
});

test('a request with a large body behind another one is not begun, and the connection ends after the answer before it', async () => {
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
