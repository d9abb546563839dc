import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { chatStream, chunk, openaiError, type Reply, type Script } from '../../src/testing/index.ts';
import { exchange } from '../helpers/exchange.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';

const STREAM = { 'content-type': 'text/event-stream' };

/** The states in which a client may disconnect once the upstream has the request: the upstream's reply, and the text for which the client waits. */
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

/** The doors over a socket: path and input of a request. */
const WAYS: Readonly<Record<string, (stream: boolean) => readonly [path: string, body: object]>> = {
  REST: (stream) => ['/v1/chat/completions', { ...HELLO, stream }],
  tRPC: (stream) => [`/trpc/chat.completions.${stream ? 'stream' : 'create'}`, HELLO],
};

function requestBytes({ stream = true, way = 'REST' } = {}): string {
  const [path, input] = WAYS[way]?.(stream) ?? ['', {}];
  const body = JSON.stringify(input);
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** Sends a request so many times in one write, as a pipelining client does. */
function send(rig: Rig, { stream = true, way = 'REST', times = 1 } = {}): Socket {
  const { port } = new URL(rig.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(requestBytes({ stream, way }).repeat(times));
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

const DISCONNECTS: Readonly<Record<string, (socket: Socket) => void>> = {
  'by a reset': (socket) => void socket.resetAndDestroy(),
  'by a FIN': (socket) => void socket.end(),
};

const CASES = Object.keys(WAYS).flatMap((way) =>
  Object.keys(DISCONNECTS).map((disconnect) => [way, disconnect] as const),
);

describe.each(CASES)('AB-01 AB-02 AB-03 AB-09 a client of %s that disconnects %s', (way, disconnect) => {
  test.each(Object.entries(STATES))(
    '%s closes the upstream, and no other entry is tried',
    async (__, { reply, stream, seen }) => {
      await using rig = await startRig([reply, chatStream({ content: 'never' })]);
      const socket = send(rig, { stream, way });
      await (seen === undefined ? rig.upstreams[0]?.until(({ hits }) => hits.length === 1) : sees(socket, seen));
      DISCONNECTS[disconnect]?.(socket);
      await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
      expect(await rig.ended()).toMatchObject({ code: 'client_closed' });
      expect(rig.upstreams[1]?.hits).toEqual([]);
      expect(rig.finished()).toHaveLength(1);
      socket.destroy();
    },
  );
});

test.each(CASES)(
  'a client of %s that disconnects %s closes the upstream, and requests behind it never run',
  async (way, disconnect) => {
    await using rig = await startRig([chatStream({ content: 'drop '.repeat(500), delay: 5 })]);
    const socket = send(rig, { way, times: 5 });
    socket.write('GET /trpc/models.list HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await sees(socket, 'drop');
    DISCONNECTS[disconnect]?.(socket);
    await rig.ended();
    await rig.upstreams[0]?.until(({ hits }) => hits.every(({ closedAt }) => closedAt !== undefined));
    // The answer to another request is later than everything that the requests behind it would have done.
    await (await fetch(`${rig.url}/livez`)).text();
    expect([rig.codes(), rig.upstreams[0]?.hits.length]).toEqual([['client_closed', 'ok'], 1]);
    socket.destroy();
  },
);

test('pipelined requests are answered one after the other, in their order', async () => {
  await using rig = await startRig([chatStream({ content: 'one two' })]);
  const last = 'GET /v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';
  const text = await exchange(rig.url, requestBytes().repeat(3) + last);
  expect(text.match(/HTTP\/1.1 200|data: \[DONE\]|"object":"list"/g)).toEqual([
    ...Array.from({ length: 3 }, () => ['HTTP/1.1 200', 'data: [DONE]']).flat(),
    'HTTP/1.1 200',
    '"object":"list"',
  ]);
});

test('after a disconnect between attempts no further attempt is made', async () => {
  const gate = Promise.withResolvers<void>();
  const slow: Script = async () => {
    await gate.promise;
    return openaiError(500, 'oops');
  };
  await using rig = await startRig([slow, chatStream({ content: 'never' })]);
  const socket = send(rig);
  await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
  socket.resetAndDestroy();
  gate.resolve();
  expect(await rig.ended()).toMatchObject({ code: 'client_closed', status: 499 });
  expect(rig.upstreams[1]?.hits).toEqual([]);
});

test('a disconnect while the request waits for a connection cancels the attempt, and no byte is sent', async () => {
  // TLS to a plain server that sends nothing: the connection is accepted but never becomes usable.
  const mute = createServer((socket) => void socket.on('error', () => undefined));
  using _closing = closing(mute);
  const port = await listenOnLoopback(mute);
  const baseUrl = `https://127.0.0.1:${port}/v1`;
  await using rig = await startRig([], {
    config: { providers: { a: { baseUrl } }, chains: { default: { entries: ['a/m'] } } },
  });
  const accepted = once(mute, 'connection');
  const socket = send(rig);
  await accepted;
  socket.resetAndDestroy();
  expect(await rig.ended()).toMatchObject({ code: 'client_closed', trail: [{ outcome: 'cancelled' }] });
});

test('a disconnect never counts as a failure of the entry', async () => {
  await using rig = await startRig([chatStream({ content: 'drop '.repeat(200), delay: 5 })]);
  for (let n = 0; n < 5; n++) {
    const socket = send(rig);
    await sees(socket, 'drop');
    socket.resetAndDestroy();
    await rig.ended(n);
  }
  const socket = send(rig);
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

test('a client that reads nothing pauses the upstream and is cut after the time limit', async () => {
  const big = chunk({ delta: { content: 'x'.repeat(64 * 1024) } });
  const flood: Script = () => ({ headers: STREAM, chunks: Array.from({ length: 3000 }, () => big) });
  await using rig = await startRig([flood], { writeIdle: 700 });
  const socket = send(rig);
  socket.pause();
  const ended = await rig.ended();
  expect(ended.code).toBe('client_closed');
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  socket.destroy();
});

test('through the fetch in process an abort rejects the read as any fetch does, and ends the upstream', async () => {
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

test('a gateway that is closed under its server answers shutting_down, and not client_closed', async () => {
  await using rig = await startRig([chatStream({ content: 'never' })]);
  const first = rig.gateway.close();
  expect(rig.gateway.close(5000)).toBe(first);
  await first;
  const response = await post(fetch, `${rig.url}/v1/chat/completions`, HELLO);
  expect([response.status, await response.json()]).toMatchObject([503, { error: { code: 'shutting_down' } }]);
});
