import { constants, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { chatCompletion } from '../../src/testing/index.ts';
import { toFetchHandler } from '../../src/mount/fetch-handler.ts';
import { startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const URL = 'http://gateway/v1/chat/completions';
const POST = { method: 'POST', headers: { 'content-type': 'application/json' }, duplex: 'half' } as const;

/** A body of these pieces that then stays open, and whether it was cancelled. */
function openBody(...pieces: readonly string[]) {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => pieces.forEach((piece) => controller.enqueue(new TextEncoder().encode(piece))),
    cancel: () => void (cancelled = true),
  });
  return { body, cancelled: () => cancelled };
}

test('a body in process may arrive in pieces', async () => {
  await using rig = await startRig([chatCompletion({ content: 'served' })]);
  const text = JSON.stringify(HELLO);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const response = rig.gateway.fetch(URL, { ...POST, body: readable });
  const writer = writable.getWriter();
  for (const piece of [text.slice(0, 5), text.slice(5)]) await writer.write(new TextEncoder().encode(piece));
  await writer.close();
  expect((await response).status).toBe(200);
  expect(rig.upstreams[0]?.hits).toHaveLength(1);
});

test('a shutdown ends the wait for a body that does not end, and cancels it', async () => {
  await using rig = await startRig([chatCompletion({ content: 'never' })]);
  const { body, cancelled } = openBody('{"messages":');
  const response = rig.gateway.fetch(URL, { ...POST, body });
  await Promise.all([rig.gateway.close(0), response]);
  expect([(await response).status, cancelled()]).toEqual([503, true]);
  expect(await rig.ended()).toMatchObject({ code: 'shutting_down' });
});

test('a caller that aborts ends it too, and a body past the limits is cancelled where it passes them', async () => {
  await using rig = await startRig([chatCompletion({ content: 'never' })]);
  const waiting = openBody('{');
  const controller = new AbortController();
  const response = rig.gateway.fetch(URL, { ...POST, body: waiting.body, signal: controller.signal });
  controller.abort(new TypeError('the caller has enough'));
  await expect(response).rejects.toThrow('the caller has enough');
  expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
  const deep = openBody('['.repeat(300));
  expect((await rig.gateway.fetch(URL, { ...POST, body: deep.body })).status).toBe(400);
  expect([waiting.cancelled(), deep.cancelled()]).toEqual([true, true]);
});

test('the bodies of all mounts together are bounded: the youngest that does not fit is refused, and others are answered', async () => {
  await using rig = await startRig([chatCompletion({ content: 'served' })], {
    config: { server: { bodyLimit: 1000, maxBodyMemory: 1000 } },
  });
  const handler = toFetchHandler(rig.gateway, { principal: () => ({ principal: { id: 'x' } }) });
  const large = JSON.stringify({ ...HELLO, user: 'x'.repeat(600) });
  const send = (body: ReadableStream<Uint8Array>): Promise<Response> => handler(new Request(URL, { ...POST, body }));
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const older = send(readable);
  const writer = writable.getWriter();
  await writer.write(new TextEncoder().encode(large.slice(0, -1)));
  for (let n = 0; n < 2; n++) {
    const younger = openBody(large.slice(0, -1));
    const refused = await send(younger.body);
    expect([refused.status, younger.cancelled()]).toEqual([503, true]);
  }
  await writer.write(new TextEncoder().encode(large.slice(-1)));
  await writer.close();
  expect((await older).status).toBe(200);
  for (let n = 0; n < 3; n++) expect((await send(new Response(large).body!)).status).toBe(200);
});

const GZIP = { ...POST, headers: { ...POST.headers, 'content-encoding': 'gzip' } };

/** A body of these bytes that then stays open, and whether it was cancelled. */
function openBytes(bytes: Uint8Array) {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes),
    cancel: () => void (cancelled = true),
  });
  return { body, cancelled: () => cancelled };
}

test('a compressed body is decoded while it arrives, and cancelled once it is past a limit', async () => {
  await using rig = await startRig([chatCompletion({ content: 'never' })], {
    config: { server: { bodyLimit: 100_000 } },
  });
  const bomb = openBytes(gzipSync(Buffer.alloc(20_000_000, 0x20)));
  const deep = openBytes(gzipSync(Buffer.from('['.repeat(300)), { finishFlush: constants.Z_SYNC_FLUSH }));
  expect((await rig.gateway.fetch(URL, { ...GZIP, body: bomb.body })).status).toBe(413);
  expect((await rig.gateway.fetch(URL, { ...GZIP, body: deep.body })).status).toBe(400);
  expect([bomb.cancelled(), deep.cancelled()]).toEqual([true, true]);
});

test('a caller that aborts ends a compressed body, and so does a broken one', async () => {
  await using rig = await startRig([chatCompletion({ content: 'never' })]);
  const waiting = openBytes(gzipSync(JSON.stringify(HELLO)).subarray(0, 20));
  const controller = new AbortController();
  const response = rig.gateway.fetch(URL, { ...GZIP, body: waiting.body, signal: controller.signal });
  controller.abort(new TypeError('the caller has enough'));
  await expect(response).rejects.toThrow('the caller has enough');
  const broken = openBytes(Buffer.from('no gzip at all'));
  expect((await rig.gateway.fetch(URL, { ...GZIP, body: broken.body })).status).toBe(400);
  expect([waiting.cancelled(), broken.cancelled()]).toEqual([true, true]);
});

test('what a compressed body decodes to counts in the memory of all', async () => {
  await using rig = await startRig([chatCompletion({ content: 'served' })], {
    config: { server: { bodyLimit: 1_000_000, maxBodyMemory: 1_000_000 } },
  });
  const handler = toFetchHandler(rig.gateway, { principal: () => ({ principal: { id: 'x' } }) });
  const half = Buffer.from(`{"user":"${'x'.repeat(600_000)}`);
  const send = (body: ReadableStream<Uint8Array>): Promise<Response> => handler(new Request(URL, { ...GZIP, body }));
  const older = openBytes(gzipSync(half, { finishFlush: constants.Z_SYNC_FLUSH }));
  const waiting = send(older.body);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect((await send(openBytes(gzipSync(half, { finishFlush: constants.Z_SYNC_FLUSH })).body)).status).toBe(503);
  await rig.gateway.close(0);
  expect((await waiting).status).toBe(503);
  expect(older.cancelled()).toBe(true);
});

test('a body that is refused before it is read is cancelled', async () => {
  await using rig = await startRig([chatCompletion({ content: 'never' })]);
  const requests = [
    ['v1/chat/completions', 415, { 'content-encoding': 'compress' }],
    ['v1/chat/completions', 415, { 'content-type': 'text/plain' }],
    ['v1/nothing', 404, {}],
  ] as const;
  for (const [path, status, others] of requests) {
    const sent = openBytes(Buffer.from('{'));
    const headers = { ...POST.headers, ...others };
    const response = await rig.gateway.fetch(`http://gateway/${path}`, { ...POST, headers, body: sent.body });
    expect([path, response.status, sent.cancelled()]).toEqual([path, status, true]);
  }
});
