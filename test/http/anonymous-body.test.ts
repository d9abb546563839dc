import { expect, test } from 'vitest';
import { MAX_ANONYMOUS_BYTES } from '../../src/door/anonymous-body.ts';
import { responder } from '../../src/testing/index.ts';
import { exchange } from '../helpers/exchange.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';

const KEY = 'key-of-the-admin-01234567';
const start = (): Promise<Rig> =>
  startRig([responder({ content: 'Hi' })], { config: { auth: { keys: [{ name: 'boss', key: KEY, role: 'admin' }] } } });

/** Procedures that need no key, and a batch, which tRPC's adapter answers. */
const PUBLIC = [
  '/trpc/sessions.create',
  '/trpc/sessions.delete',
  '/trpc/sessions.delete?batch=1',
  '/trpc/sessions.retrieve?batch=1',
];

/** A body of this many bytes. */
function bodyOf(bytes: number): string {
  const [begin, end] = ['{"0":{"key":"', '"}}'];
  return begin + 'a'.repeat(bytes - begin.length - end.length) + end;
}

const init = (bytes: number, headers: Readonly<Record<string, string>> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: bodyOf(bytes),
});

test('a client without a key may send 32 KB to what needs none, over its own server and a mount', async () => {
  await using rig = await start();
  const { web } = rig.gateway.doors;
  for (const path of PUBLIC)
    for (const send of [
      (sent: RequestInit) => fetch(rig.url + path, sent),
      (sent: RequestInit) => web(new Request(`http://app.example${path}`, sent), { url: path, mount: {} }),
    ]) {
      const large = await send(init(MAX_ANONYMOUS_BYTES + 1));
      expect([path, large.status, await large.text()]).toEqual([
        path,
        413,
        expect.stringContaining('request_too_large') as string,
      ]);
      for (const sent of [init(MAX_ANONYMOUS_BYTES), init(MAX_ANONYMOUS_BYTES + 1, { 'x-api-key': KEY })])
        expect([path, (await send(sent)).status]).not.toEqual([path, 413]);
    }
});

test('more is refused before it is sent where its length is declared, and as it arrives otherwise', async () => {
  await using rig = await start();
  const head = 'POST /trpc/sessions.create HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
  const answer = await exchange(rig.url, `${head}content-length: ${MAX_ANONYMOUS_BYTES + 1}\r\n\r\n{`);
  expect(answer.slice(0, 12)).toBe('HTTP/1.1 413');
  const chunk = `8000\r\n${'{'.padEnd(0x8000)}\r\n`;
  const chunked = await exchange(rig.url, `${head}transfer-encoding: chunked\r\n\r\n${chunk}1\r\n \r\n`);
  expect(chunked.slice(0, 12)).toBe('HTTP/1.1 413');
});

test('the longest key of a login fits, however it is escaped', async () => {
  await using rig = await start();
  const body = `{"key":"${String.raw`\u0061`.repeat(4096)}"}`;
  const headers = { 'content-type': 'application/json' };
  expect((await fetch(`${rig.url}/trpc/sessions.create`, { method: 'POST', headers, body })).status).toBe(401);
});
