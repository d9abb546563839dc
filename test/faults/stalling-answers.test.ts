import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { type Reply, sse } from '../../src/testing/index.ts';
import { DONE, HI, JSON_TYPE, ROLE, STOP, STREAM } from '../doors/replies.ts';
import { startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const MB = 1024 * 1024;
/** Longest turn of the event loop, in milliseconds of CPU, on a machine that does other work. Most are shorter than 50. */
const LONGEST_TURN_MS = 150;

/** The longest time of CPU that one turn of this thread's event loop takes until the work is done, in milliseconds. */
async function longestTurn(work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let before = process.threadCpuUsage();
  let next = setImmediate(tick);
  function tick(): void {
    const now = process.threadCpuUsage();
    longest = Math.max(longest, now.user + now.system - before.user - before.system);
    before = now;
    next = setImmediate(tick);
  }
  await work;
  clearImmediate(next);
  return longest / 1000;
}

/** Sends a request and reads the answer without looking at it. */
async function ask(url: string, stream: boolean): Promise<{ status: number | undefined; size: number; end: string }> {
  const headers = { 'content-type': 'application/json' };
  const sent = request(`${url}/v1/chat/completions`, { method: 'POST', headers, agent: false });
  sent.end(JSON.stringify({ ...HELLO, stream }));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let size = 0;
  let last: Buffer = Buffer.alloc(0);
  response.on('data', (bytes: Buffer) => {
    size += bytes.length;
    last = bytes;
  });
  await once(response, 'end');
  return { status: response.statusCode, size, end: last.toString('utf8').slice(-200) };
}

const choice = (index: number, content: string): object => ({
  index,
  message: { role: 'assistant', content },
  finish_reason: 'stop',
});

const completion = (choices: readonly object[], more = {}): string =>
  JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, ...more });

const json = (body: string): Reply => ({ headers: JSON_TYPE, body });
const events = (...chunks: readonly string[]): Reply => ({
  headers: STREAM,
  body: Buffer.from(chunks.join('')),
});

const delta = (content: string, more = {}): string =>
  sse({ id: 'c', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta: { content } }], ...more });

/** Each makes one turn of half a second to many, where it is read at once. `status` by whether a stream is requested. */
const ANSWERS: Readonly<Record<string, { readonly reply: () => Reply; readonly status: readonly [number, number] }>> = {
  '100,000 choices': {
    reply: () => json(completion(Array.from({ length: 100_000 }, (_, index) => choice(index, 'x')))),
    status: [503, 503],
  },
  '10,000 choices': {
    reply: () => json(completion(Array.from({ length: 10_000 }, (_, index) => choice(index, 'x')))),
    status: [200, 200],
  },
  'a JSON answer of 40 MB': { reply: () => json(completion([choice(0, 'x'.repeat(40 * MB))])), status: [200, 200] },
  'a JSON answer with 500,000 objects': {
    reply: () => json(completion([choice(0, 'x')], { x: Array.from({ length: 500_000 }, () => ({})) })),
    status: [200, 200],
  },
  'a JSON answer with a million members': {
    reply: () =>
      json(completion([choice(0, 'x')], Object.fromEntries(Array.from({ length: 1_000_000 }, (_, n) => [`k${n}`, 1])))),
    status: [503, 503],
  },
  'a million lines of objects': { reply: () => events('{}\n'.repeat(1_000_000)), status: [503, 503] },
  'a million line ends': { reply: () => events(delta('x'), '\r'.repeat(5 * MB), STOP, DONE), status: [200, 200] },
  '300,000 chunks without a token': {
    reply: () => events(ROLE, HI, 'data: {"choices":[{}]}\n\n'.repeat(300_000), STOP, DONE),
    status: [200, 200],
  },
  'an event of 40 MB': {
    reply: () => events(delta('x'), delta('y'.repeat(40 * MB)), STOP, DONE),
    status: [200, 200],
  },
  'an event with 500,000 objects': {
    reply: () => events(delta('x'), delta('y', { x: Array.from({ length: 500_000 }, () => ({})) }), STOP, DONE),
    status: [200, 200],
  },
  'an event of two million lines': {
    reply: () => events(delta('x'), 'data: a\n'.repeat(2_000_000), '\n', STOP, DONE),
    status: [503, 200],
  },
};

describe.each(Object.entries(ANSWERS))('%s', (_, { reply, status: [json200, stream200] }) => {
  test.each([
    ['JSON', false],
    ['a stream', true],
  ])('as %s holds the event loop for a short time only', async (__, stream) => {
    const script = reply();
    await using rig = await startRig([script]);
    const answered = ask(rig.url, stream);
    const turn = await longestTurn(answered);
    expect((await answered).status).toBe(stream ? stream200 : json200);
    expect(turn).toBeLessThan(LONGEST_TURN_MS);
  });
});
