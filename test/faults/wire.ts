import { createServer, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { ScriptedUpstream } from '../../src/testing/index.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { post, type Rig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { listenOnLoopback } from '../helpers/listen.ts';

/** Requests a stream over REST. Resolves with the response as soon as its head is received. */
export function requestStream(rig: Rig, input: object = {}, headers: Record<string, string> = {}): Promise<Response> {
  return post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, ...input, stream: true }, { headers });
}

/** Reads a body until it contains a text, or ends. Returns everything that was read; the rest can still be read. */
export async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, text: string): Promise<string> {
  const decoder = new TextDecoder();
  let all = '';
  while (!all.includes(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    all += decoder.decode(value, { stream: true });
  }
  return all;
}

/** The JSON of every event of a REST stream, without the end marker. */
export function eventsOf(wire: string): unknown[] {
  return wire
    .split('\n')
    .filter((line) => line.startsWith('data: ') && line !== 'data: [DONE]')
    .map((line) => JSON.parse(line.slice('data: '.length)) as unknown);
}

/** A client on a bare socket, which can stop reading and disconnect in every way. */
export function rawClient(rig: Rig, path = '/v1/chat/completions', input: object = { ...HELLO, stream: true }): Socket {
  const body = JSON.stringify(input);
  const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return socket;
}

/** An upstream with one stream, which the test writes by hand. */
export interface HandUpstream extends AsyncDisposable {
  readonly config: Partial<ConfigInput>;
  /** Resolves once a request has arrived and the head of the response is sent. */
  readonly requested: Promise<ServerResponse>;
}

export async function startHandUpstream(): Promise<HandUpstream> {
  const { promise: requested, resolve } = Promise.withResolvers<ServerResponse>();
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    resolve(response);
  });
  const port = await listenOnLoopback(server);
  return {
    requested,
    config: {
      providers: { hand: { baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'none' } },
      chains: { default: { entries: ['hand/m'] } },
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Waits for so many turns of the event loop. */
export async function turns(many: number): Promise<void> {
  for (let turn = 0; turn < many; turn++) await new Promise((resolve) => void setImmediate(resolve));
}

/** Resolves once an upstream has written so many bytes of its first answer. No event reports this, so it is polled. */
export async function written(upstream: ScriptedUpstream | undefined, bytes: number): Promise<void> {
  while ((upstream?.hits[0]?.bytesWritten ?? 0) < bytes) await turns(1);
}
