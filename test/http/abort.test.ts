import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { chatStream, chunk, openaiError, type Reply, type Script } from '../../src/testing/index.ts';
import { exchange } from '../helpers/exchange.ts';
import { HELLO, post, type Rig, startRig } from '../helpers/gateway.ts';

const STREAM = { 'content-type': 'text/event-stream' };

/** The states in which a caller may leave once the upstream has the request: what it does, and what the caller waits to see. */
const STATES: Readonly<Record<string, { reply: Reply; stream: boolean; seen?: string }>> = {
  'before the headers of a stream': { reply: { head: false, end: 'hang' }, stream: true },
  'before the headers of a JSON answer': { reply: { head: false, end: 'hang' }, stream: false },
  'in the middle of a JSON body': { reply: { body: '{"id":', end: 'hang' }, stream: false },
  'before the first token': {
    reply: { headers: STREAM, chunks: [chunk({ delta: { role: 'assistant' } })], end: 'hang' },
    stream: true,
  },
  'while it streams': { reply: chatStream({ content: 'drop '.repeat(500), delay: 5 }), stream: true, seen: 'drop' },
};

/** The ways over a socket: where a request goes, and what it says. */
const WAYS: Readonly<Record<string, (stream: boolean) => readonly [path: string, body: object]>> = {
  REST: (stream) => ['/v1/chat/completions', { ...HELLO, stream }],
  tRPC: (stream) => [`/trpc/chat.completions.${stream ? 'stream' : 'create'}`, HELLO],
};

function requestBytes(stream: boolean, way: string): string {
  const [path, input] = WAYS[way]?.(stream) ?? ['', {}];
  const body = JSON.stringify(input);
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** Asks so many times in one write, as a pipelining client does. */
function ask(rig: Rig, stream: boolean, way = 'REST', times = 1): Socket {
  const { port } = new URL(rig.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(requestBytes(stream, way).repeat(times));
  return socket;
}

function sees(socket: Socket, text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let all = '';
  socket.on('data', (piece) => {
    all += piece.toString();
    if (all.includes(text)) resolve();
  });
  return promise;
}

const LEAVES: Readonly<Record<string, (socket: Socket) => void>> = {
  'by a reset': (socket) => void socket.resetAndDestroy(),
  'by a FIN': (socket) => void socket.end(),
};

const CASES = Object.keys(WAYS).flatMap((way) => Object.keys(LEAVES).map((leaving) => [way, leaving] as const));

describe.each(CASES)('AB-01 AB-02 AB-03 AB-09 a caller of %s who leaves %s', (way, leaving) => {
  test.each(Object.entries(STATES))(
    '%s closes the upstream, and nobody else is asked',
    async (__, { reply, stream, seen }) => {
      await using rig = await startRig([reply, chatStream({ content: 'never' })]);
      const socket = ask(rig, stream, way);
      await (seen === undefined ? rig.upstreams[0]?.until(({ hits }) => hits.length === 1) : sees(socket, seen));
      LEAVES[leaving]?.(socket);
      await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
      expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
      expect(rig.upstreams[1]?.hits).toEqual([]);
      expect(rig.finished()).toHaveLength(1);
      socket.destroy();
    },
  );
});

test.each(CASES)(
  'a caller of %s who leaves %s closes the upstream, and what waits behind it is never begun',
  async (way, leaving) => {
    await using rig = await startRig([chatStream({ content: 'drop '.repeat(500), delay: 5 })]);
    const socket = ask(rig, true, way, 5);
    socket.write('GET /trpc/models.list HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await sees(socket, 'drop');
    LEAVES[leaving]?.(socket);
    await rig.ended();
    await rig.upstreams[0]?.until(({ hits }) => hits.every(({ closedAt }) => closedAt !== undefined));
    // Another request is answered only after all that those behind it would have done.
    await (await fetch(`${rig.url}/livez`)).text();
    expect([rig.codes(), rig.upstreams[0]?.hits.length]).toEqual([['client_closed', 'ok'], 1]);
    socket.destroy();
  },
);

test('what a caller pipelines is answered one after the other, in his order', async () => {
  await using rig = await startRig([chatStream({ content: 'one two' })]);
  const last = 'GET /v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';
  const text = await exchange(rig.url, requestBytes(true, 'REST').repeat(3) + last);
  expect(text.match(/HTTP\/1.1 200|data: \[DONE\]|"object":"list"/g)).toEqual([
    ...Array.from({ length: 3 }, () => ['HTTP/1.1 200', 'data: [DONE]']).flat(),
    'HTTP/1.1 200',
    '"object":"list"',
  ]);
});

test('a caller who leaves between attempts is not asked for again', async () => {
  const gate = Promise.withResolvers<void>();
  const slow: Script = async () => {
    await gate.promise;
    return openaiError(500, 'oops');
  };
  await using rig = await startRig([slow, chatStream({ content: 'never' })]);
  const socket = ask(rig, true);
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
  socket.resetAndDestroy();
  gate.resolve();
  expect(await rig.ended()).toMatchObject({ code: 'client_closed', status: 499 });
  expect(rig.upstreams[1]?.hits).toEqual([]);
});

test('a caller who leaves while the request waits for a connection leaves nothing behind, and no byte is sent', async () => {
  // Accepts the connection but, being TLS to a plain server that says nothing, never becomes usable.
  const mute = createServer((socket) => void socket.on('error', () => undefined));
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const address = mute.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const baseUrl = `https://127.0.0.1:${port}/v1`;
  await using rig = await startRig([], {
    config: { providers: { a: { baseUrl } }, chains: { default: { entries: ['a/m'] } } },
  });
  const accepted = once(mute, 'connection');
  const socket = ask(rig, true);
  await accepted;
  socket.resetAndDestroy();
  expect(await rig.ended()).toMatchObject({ code: 'client_closed', trail: [{ outcome: 'cancelled' }] });
  mute.close();
});

test('a caller who left is never held against an entry', async () => {
  await using rig = await startRig([chatStream({ content: 'drop '.repeat(200), delay: 5 })]);
  for (let n = 0; n < 5; n++) {
    const socket = ask(rig, true);
    await sees(socket, 'drop');
    socket.resetAndDestroy();
    await rig.ended(n);
  }
  const socket = ask(rig, true);
  await sees(socket, 'x-spillway-provider: a');
  socket.destroy();
  expect(rig.events.filter((event) => event.kind === 'attempt_finished').map(({ step }) => step.outcome)).toEqual(
    Array.from({ length: 6 }, () => 'answered'),
  );
});

test('in process a signal, a break and a dispose end the upstream', async () => {
  await using rig = await startRig([chatStream({ content: 'drop '.repeat(500), delay: 5 })]);
  const { completions } = rig.gateway.caller.chat;

  const controller = new AbortController();
  const aborted = await completions.stream(HELLO, { signal: controller.signal });
  const reading = (async () => {
    for await (const piece of aborted) if (piece.choices[0]?.delta.content === 'drop ') controller.abort();
  })();
  await expect(reading).rejects.toMatchObject({ code: 'client_closed' });

  for await (const piece of await completions.stream(HELLO)) if (piece.choices[0]?.delta.content === 'drop ') break;
  await (await completions.stream(HELLO))[Symbol.asyncDispose]();

  await rig.upstreams[0]?.until(
    ({ hits }) => hits.length === 3 && hits.every(({ closedAt }) => closedAt !== undefined),
  );
  await rig.ended(2);
  expect(rig.codes()).toEqual(['client_closed', 'client_closed', 'client_closed']);
});

test('a reader who takes nothing pauses the upstream and is cut when his time is over', async () => {
  const big = chunk({ delta: { content: 'x'.repeat(64 * 1024) } });
  const flood: Script = () => ({ headers: STREAM, chunks: Array.from({ length: 3000 }, () => big) });
  await using rig = await startRig([flood], { writeIdle: 700 });
  const socket = ask(rig, true);
  socket.pause();
  const ended = await rig.ended();
  expect(ended.code).toBe('client_closed');
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  socket.destroy();
});

test('through the fetch in process an abort rejects the reading as any fetch does, and ends the upstream', async () => {
  await using rig = await startRig([chatStream({ content: 'drop '.repeat(500), delay: 5 })]);
  const controller = new AbortController();
  const response = await post(
    rig.gateway.fetch,
    'http://spillway/v1/chat/completions',
    { ...HELLO, stream: true },
    { signal: controller.signal },
  );
  const reader = response.body?.getReader();
  await reader?.read();
  controller.abort();
  const rest = (async () => {
    while ((await reader?.read())?.done === false);
  })();
  await expect(rest).rejects.toMatchObject({ name: 'AbortError' });
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
});

test('a gateway that was closed under its server says so, and blames no caller', async () => {
  await using rig = await startRig([chatStream({ content: 'never' })]);
  const first = rig.gateway.close();
  expect(rig.gateway.close(5000)).toBe(first);
  await first;
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
  expect([response.status, await response.json()]).toMatchObject([503, { error: { code: 'shutting_down' } }]);
});
