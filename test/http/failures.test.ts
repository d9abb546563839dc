import { describe, expect, test } from 'vitest';
import { serverSettings } from '../../src/config/server-settings.ts';
import type { DoorReply } from '../../src/door/request.ts';
import { createServer } from '../../src/http/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { fromIterable } from '../../src/sse/from-iterable.ts';
import { OPERATIONS } from '../../src/operations/operations.ts';
import { restFraming } from '../../src/sse/framing.ts';
import { chatCompletion } from '../../src/testing/index.ts';
import { exchange } from '../helpers/exchange.ts';
import { startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const bytes = (headers: Record<string, string>): DoorReply => ({
  kind: 'bytes',
  status: 200,
  headers,
  body: Buffer.from('{}'),
});

/** Possible defects of a door. */
const DEFECTS: Readonly<Record<string, () => Promise<DoorReply>>> = {
  'throws at once'() {
    throw new Error('password=hunter2');
  },
  rejects: () => Promise.reject(new Error('password=hunter2')),
  // oxlint-disable-next-line prefer-promise-reject-errors -- what libraries do
  'rejects with nothing': () => Promise.reject(undefined),
  'answers with an invalid header': () => Promise.resolve(bytes({ 'x-a': 'b\r\nc: d' })),
  'answers with an invalid status': () => Promise.resolve({ ...bytes({}), status: 42 }),
  'streams with an invalid header': async () => ({
    kind: 'stream',
    status: 200,
    headers: { 'x-a': '\n' },
    stream: fromIterable((async function* () {})(), () => undefined),
    framing: restFraming(OPERATIONS['chat.completions'], { id: 'req_1', clientRequestId: undefined }),
  }),
};

describe.each(['/v1/models', '/trpc/models.list', '/docs/'])('a door that fails at %s', (path) => {
  // The page reads nothing of the door's answer but its status.
  const defects = Object.entries(DEFECTS).filter(([name]) => path !== '/docs/' || !/header/.test(name));
  test.each(defects)('and %s is a 500 for that request, and the server keeps running', async (_, defect) => {
    await using rig = await startRig([chatCompletion({ content: 'x' })]);
    const { trpc, refused } = rig.gateway.doors;
    await using app = createServer({
      doors: { rest: defect, trpc: { ...trpc, handle: defect }, refused },
      clock: systemClock,
      settings: serverSettings({}),
      originRules: () => undefined,
    });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    for (let n = 0; n < 2; n++) {
      const text = await exchange(url, `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1.1 500 /);
      expect(text).toMatch(/x-request-id: req_[0-9a-f]{32}/);
      expect(text).toContain('"code":"internal_error"');
      expect(text).not.toContain('hunter2');
    }
  });
});

test("the address in a record is the connection's, whatever headers the client sends", async () => {
  await using rig = await startRig([{}]);
  const forged = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9', 'x-real-ip': '203.0.113.9' };
  await (await fetch(`${rig.url}/v1/models`, { headers: forged })).text();
  expect((await rig.ended()).remoteAddress).toBe('127.0.0.1');
});

test.each([
  [true, '203.0.113.9, 10.0.0.1', '203.0.113.9'],
  [['127.0.0.0/8'], '203.0.113.9, 198.51.100.7', '198.51.100.7'],
  [['127.0.0.1', '198.51.100.0/24'], '203.0.113.9, 198.51.100.7', '203.0.113.9'],
  [['10.0.0.0/8'], '203.0.113.9', '127.0.0.1'],
  [true, '::ffff:203.0.113.9', '203.0.113.9'],
  [true, '2001:db8::1', '2001:db8::1'],
  [true, 'drop table', '127.0.0.1'],
  [true, '', '127.0.0.1'],
  [false, '203.0.113.9', '127.0.0.1'],
] as const)(
  'HE-17 with trustProxy %j the record of a request forwarded for %j has the address %s',
  async (trustProxy, forwarded, address) => {
    const server = { trustProxy: typeof trustProxy === 'boolean' ? trustProxy : [...trustProxy] };
    await using rig = await startRig([chatCompletion({ content: 'x' })], { config: { server } });
    const headers = { 'x-forwarded-for': forwarded };
    await (await fetch(`${rig.url}/v1/models`, { headers })).text();
    await (await fetch(`${rig.url}/trpc/models.list,models.list?batch=1`, { headers })).text();
    await rig.ended(2);
    expect(rig.finished().map(({ remoteAddress }) => remoteAddress)).toEqual([address, address, address]);
  },
);

function spoof(host: string, forwarded: string): string {
  return [
    'POST /v1/chat/completions HTTP/1.1',
    `host: ${host}`,
    `x-forwarded-host: ${forwarded}`,
    `forwarded: host=${forwarded};proto=https`,
    'x-forwarded-proto: https',
    'content-type: application/json',
    'connection: close',
    `content-length: ${JSON.stringify(HELLO).length}`,
    '',
    JSON.stringify(HELLO),
  ].join('\r\n');
}

test('HE-17 no forwarded header changes the checked host or the upstream', async () => {
  await using rig = await startRig([chatCompletion({ content: 'x' })], { config: { server: { trustProxy: true } } });
  expect(await exchange(rig.url, spoof('evil.example', 'localhost'))).toMatch(/^HTTP\/1.1 403 /);
  expect(await exchange(rig.url, spoof('localhost', 'evil.example'))).toMatch(/^HTTP\/1.1 200 /);
  const { host, ...sent } = rig.upstreams[0]?.hits[0]?.headers ?? {};
  expect(host).toBe(new URL(rig.upstreams[0]?.baseUrl ?? '').host);
  expect(Object.keys(sent).filter((name) => /forwarded|real-ip/.test(name))).toEqual([]);
});
