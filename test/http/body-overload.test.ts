import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { chatCompletion } from '../../src/testing/index.ts';
import { turns } from '../faults/wire.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const KB = 1024;
const LENGTH = 700 * KB;

/** A client that has sent the first bytes of a large body. */
async function begun(rig: Rig, bytes: number): Promise<{ socket: Socket; text: () => string; body: string }> {
  const body = JSON.stringify(HELLO).padEnd(LENGTH);
  const socket = connect(Number(new URL(rig.url).port), '127.0.0.1').setEncoding('utf8');
  let text = '';
  socket.on('data', (piece: string) => (text += piece)).on('error', () => undefined);
  const head = ['POST /v1/chat/completions HTTP/1.1', 'host: localhost', 'content-type: application/json'];
  socket.write([...head, `content-length: ${LENGTH}`, '', body.slice(0, bytes)].join('\r\n'));
  await turns(40);
  return { socket, text: () => text, body: body.slice(bytes) };
}

test('of bodies that would fill the memory the youngest ends with 503, new ones are not read, and the oldest is answered', async () => {
  await using rig = await startRig([chatCompletion({ content: 'served' })], {
    config: { server: { bodyLimit: LENGTH, maxBodyMemory: LENGTH } },
  });
  const oldest = await begun(rig, 400 * KB);
  const youngest = await begun(rig, 350 * KB);
  while (youngest.text() === '') await turns(5);
  expect(youngest.text()).toMatch(/^HTTP\/1.1 503 [^]*retry-after: 1\r\n[^]*"code":"overloaded"/);
  expect(oldest.text()).toBe('');

  oldest.socket.write(oldest.body.slice(0, -1));
  const full = await begun(rig, 0);
  for (const { socket } of [full]) socket.write(' '.repeat(KB));
  while (full.text() === '') await turns(5);
  expect(full.text()).toMatch(/^HTTP\/1.1 503 [^]*"code":"overloaded"/);

  oldest.socket.write(oldest.body.slice(-1));
  while (!oldest.text().includes('served')) await turns(5);
  expect(oldest.text()).toMatch(/^HTTP\/1.1 200 /);
  // Its bytes are released with its answer.
  expect((await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).status).toBe(200);
  for (const { socket } of [oldest, youngest, full]) socket.destroy();
});
