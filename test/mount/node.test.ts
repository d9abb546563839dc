import { gzipSync } from 'node:zlib';
import { once } from 'node:events';
import { request as httpRequest, type RequestListener, type ServerResponse } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import { createConnection } from 'node:net';
import express, { type Express } from 'express';
import { describe, expect, test } from 'vitest';
import { toFetchHandler, toNodeHandler } from '../../src/index.ts';
import { chatStream, responder, type Script } from '../../src/testing/index.ts';
import { exchange } from '../helpers/exchange.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { closing, listenOnLoopback } from '../helpers/listen.ts';
import { serveIn } from '../helpers/mounts.ts';

const principal = () => ({ principal: { id: 'app' } });
const CHAT = '/llm/v1/chat/completions';
const answers = responder({ content: 'served' });

/** Express with these middlewares in front of the gateway at `/llm`. */
async function withExpress(rig: Rig, use: (app: Express) => void): Promise<string> {
  const app = express();
  use(app);
  app.use('/llm', toNodeHandler(rig.gateway, { principal }));
  return serveIn(rig, app);
}

describe('a body that a parser has read before', () => {
  test.each([
    ['as an object', express.json()],
    ['as text', express.text({ type: '*/*' })],
    ['as bytes', express.raw({ type: '*/*' })],
  ])('%s is used', async (_, parser) => {
    await using rig = await startRig([answers]);
    const url = await withExpress(rig, (app) => app.use(parser));
    const response = await post(fetch, url + CHAT, { ...HELLO, temperature: 0.5 });
    expect([response.status, (await response.text()).includes('served')]).toEqual([200, true]);
    expect(JSON.parse(String(rig.upstreams[0]?.hits[0]?.body))).toMatchObject({ temperature: 0.5 });
    const batch = await post(fetch, `${url}/llm/trpc/chat.completions.create?batch=1`, { 0: HELLO });
    expect((await batch.text()).includes('served')).toBe(true);
  });

  test.each([
    ['as an object', express.json()],
    ['as bytes', express.raw({ type: '*/*' })],
  ])('%s and inflated is not inflated again', async (_, parser) => {
    await using rig = await startRig([answers]);
    const url = await withExpress(rig, (app) => app.use(parser));
    const response = await fetch(url + CHAT, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: new Uint8Array(gzipSync(JSON.stringify(HELLO))),
    });
    expect([response.status, (await response.text()).includes('served')]).toEqual([200, true]);
  });

  test('and left nowhere is an error that says so', async () => {
    await using rig = await startRig([answers]);
    const url = await withExpress(rig, (app) =>
      app.use((request, _, next) => void request.resume().once('end', () => next())),
    );
    const response = await post(fetch, url + CHAT, HELLO);
    expect([response.status, await response.json()]).toMatchObject([
      500,
      { error: { code: 'internal_error', message: expect.stringContaining('mount the gateway before it') } },
    ]);
  });

  test('is held to the limit of the gateway', async () => {
    await using rig = await startRig([answers], { config: { server: { bodyLimit: 100 } } });
    const url = await withExpress(rig, (app) => app.use(express.json()));
    const response = await post(fetch, url + CHAT, { ...HELLO, user: 'x'.repeat(100) });
    expect(response.status).toBe(413);
  });
});

test('a body that no parser takes is read, also where an empty `body` stands for none', async () => {
  await using rig = await startRig([answers]);
  const url = await withExpress(rig, (app) =>
    app.use((request, _, next) => {
      request.body = {};
      setImmediate(next);
    }),
  );
  expect((await post(fetch, url + CHAT, HELLO)).status).toBe(200);
});

test('headers that the application has set are kept, its other routes answer, and `next` is not called', async () => {
  await using rig = await startRig([answers]);
  const app = express();
  app.use((_, response, next) => {
    response.setHeader('x-app', 'mine').setHeader('access-control-allow-origin', 'https://app.test');
    next();
  });
  app.use('/llm', toNodeHandler(rig.gateway, { principal }));
  app.use((request, response) => void response.send(`next of ${request.originalUrl}`));
  const url = await serveIn(rig, app);
  for (const stream of [false, true]) {
    const response = await post(fetch, url + CHAT, { ...HELLO, stream });
    expect(await response.text()).toContain('served');
    const headers = ['x-app', 'access-control-allow-origin', 'x-spillway-provider'];
    expect(headers.map((name) => response.headers.get(name))).toEqual(['mine', 'https://app.test', 'a']);
  }
  const nothing = await fetch(`${url}/llm/nothing`);
  expect([nothing.status, await nothing.json()]).toMatchObject([404, { error: { code: 'not_found' } }]);
  expect(await (await fetch(`${url}/other`)).text()).toBe('next of /other');
});

test('a path that is not below the prefix is a 404, whatever stands there', async () => {
  await using rig = await startRig([answers]);
  const url = await serveIn(rig, toNodeHandler(rig.gateway, { principal, prefix: '/llm/' }));
  expect((await fetch(`${url}/llm?x`)).status).toBe(200);
  const handler = toFetchHandler(rig.gateway, { principal, prefix: '/llm' });
  for (const path of ['/', '/livez', '/v1/models', '/trpc/models.list', '/docs/', '/llmx/livez', '/ll']) {
    for (const response of [await fetch(url + path), await handler(new Request(url + path))]) {
      const { error } = (await response.json()) as { error: { message: string } };
      expect([path, response.status, error.message]).toEqual([path, 404, expect.stringContaining('prefix')]);
    }
  }
  expect(() => toNodeHandler(rig.gateway, { prefix: 'llm' })).toThrow('must begin with a slash');
});

test('a client that waits for 100 Continue receives it once', async () => {
  await using rig = await startRig([answers]);
  const url = await serveIn(rig, toNodeHandler(rig.gateway, { principal, prefix: '/llm' }));
  const body = JSON.stringify(HELLO);
  const head = `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-type: application/json\r\n`;
  const text = await exchange(url, `${head}content-length: ${body.length}\r\n\r\n${body}`);
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']);
});

test('a closed socket ends the upstream, before and within an answer', async () => {
  const drops = chatStream({ content: 'drop '.repeat(500), delay: 5 });
  const script: Script = ({ body }) => (body.includes('"stream":true') ? drops : { head: false, end: 'hang' });
  await using rig = await startRig([script]);
  const url = await withExpress(rig, (app) => app.use(express.json()));
  for (const [n, stream] of [false, true].entries()) {
    const socket = createConnection(Number(new URL(url).port), '127.0.0.1');
    const body = JSON.stringify({ ...HELLO, stream });
    socket.write(
      `POST ${CHAT} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    if (stream) await once(socket, 'data');
    await rig.upstreams[0]?.until(({ hits }) => hits.length === n + 1);
    socket.destroy();
    await rig.upstreams[0]?.until(({ hits }) => hits[n]?.closedAt !== undefined);
    expect(await rig.ended(n)).toMatchObject({ code: 'client_closed' });
  }
});

test('middlewares that replace the response’s functions see every byte, of a large answer too', async () => {
  const large = 'x'.repeat(400_000);
  await using rig = await startRig([responder({ content: large })]);
  let seen = 0;
  const url = await withExpress(rig, (app) =>
    app.use((_, response, next) => {
      count(response, (bytes) => (seen += bytes));
      next();
    }),
  );
  for (const stream of [false, true]) {
    seen = 0;
    const response = await post(fetch, url + CHAT, { ...HELLO, stream });
    const text = await response.text();
    expect([text.includes('xxx'), seen]).toEqual([true, Buffer.byteLength(text)]);
  }
});

/** Replaces the functions of a response as middlewares for compression do. */
function count(response: ServerResponse, onBytes: (bytes: number) => void): void {
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  const sized = (chunk: unknown): void => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) onBytes(Buffer.byteLength(chunk));
  };
  response.write = (chunk: unknown) => {
    sized(chunk);
    return write(chunk);
  };
  response.end = (chunk?: unknown) => {
    sized(chunk);
    return end(chunk);
  };
}

const head = (path: string, more = ''): string => `GET /llm${path} HTTP/1.1\r\nhost: x\r\n${more}\r\n`;

test('several requests on one connection are answered in their order', async () => {
  await using rig = await startRig([answers]);
  const url = await serveIn(rig, toNodeHandler(rig.gateway, { principal, prefix: '/llm' }));
  const text = await exchange(url, head('/livez') + head('/nothing') + head('/v1/models', 'connection: close\r\n'));
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
});

test('HTTP/2 is refused with a hint', async () => {
  await using rig = await startRig([answers]);
  const handler = toNodeHandler(rig.gateway, { principal });
  const server = createHttp2Server(handler as unknown as Parameters<typeof createHttp2Server>[0] & RequestListener);
  using _closing = closing(server);
  const port = await listenOnLoopback(server);
  const session = connect(`http://127.0.0.1:${port}`);
  const stream = session.request({ ':path': '/v1/models' });
  const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
  expect(headers[':status']).toBe(505);
  stream.close();
  session.close();
});

test('a gateway that is closed refuses with its own code', async () => {
  await using rig = await startRig([answers]);
  const url = await serveIn(rig, toNodeHandler(rig.gateway, { principal }));
  await rig.gateway.close();
  const sent = httpRequest(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  sent.end(JSON.stringify(HELLO));
  const [response] = (await once(sent, 'response')) as [{ statusCode: number; resume: () => void }];
  response.resume();
  expect(response.statusCode).toBe(503);
});
