import { expect, test } from 'vitest';
import { chatCompletion } from '../../src/testing/index.ts';
import { HELLO, startRig } from '../helpers/gateway.ts';

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
