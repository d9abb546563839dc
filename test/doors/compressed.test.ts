import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { responder } from '../../src/testing/index.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { type Mount, MOUNTS, type Mounted } from '../helpers/mounts.ts';

const BODY = Buffer.from(JSON.stringify(HELLO));
const LISTENER = (rig: Rig): Promise<Mounted> => Promise.resolve({ url: rig.url, fetch });
const IN_PROCESS = (rig: Rig): Promise<Mounted> =>
  Promise.resolve({ url: 'http://gateway', fetch: (input, init) => rig.gateway.fetch(new Request(input, init)) });
const WAYS_IN: Readonly<Record<string, Mount>> = {
  'its own listener': LISTENER,
  'a call in process': IN_PROCESS,
  ...MOUNTS,
};

function post({ url, fetch }: Mounted, path: string, [coding, body]: readonly [string, Buffer]): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': coding },
    body: new Uint8Array(body),
  });
}

const identified = { principal: () => ({ principal: { id: 'x' } }) };

describe.each(Object.entries(WAYS_IN))('compressed bodies through %s', (_name, open) => {
  test.each(['/v1/chat/completions', '/trpc/chat.completions.create'])('are decoded for %s', async (path) => {
    await using rig = await startRig([responder({ content: 'x' })]);
    const mounted = await open(rig, identified);
    for (const coded of [
      ['zstd', zstdCompressSync(BODY)],
      ['deflate, gzip', gzipSync(deflateSync(BODY))],
    ] as const) {
      const response = await post(mounted, path, coded);
      expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('x')]);
    }
    const hits = rig.upstreams[0]?.hits ?? [];
    expect(hits).toHaveLength(2);
    for (const { headers, body } of hits) {
      expect(headers).not.toHaveProperty('content-encoding');
      expect(JSON.parse(String(body))).toMatchObject({ messages: HELLO.messages });
    }
  });

  test('are refused past the limit, in an unknown coding, and where they are broken', async () => {
    await using rig = await startRig([responder({ content: 'x' })], {
      bodyLimit: 100_000,
      config: { server: { bodyLimit: 100_000 } },
    });
    const mounted = await open(rig, identified);
    const statusOf = async (...coded: readonly [string, Buffer]): Promise<number> => {
      const response = await post(mounted, '/v1/chat/completions', coded);
      await response.text();
      return response.status;
    };
    expect(await statusOf('zstd', zstdCompressSync(Buffer.alloc(50_000_000, 0x20)))).toBe(413);
    expect(await statusOf('lzma', BODY)).toBe(415);
    expect(await statusOf('gzip', BODY)).toBe(400);
    expect(rig.upstreams[0]?.hits).toEqual([]);
  });
});
