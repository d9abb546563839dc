// The client behaviours that the leak test draws from: every door, read to the end or disconnected.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { post } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

/** One request. */
export interface LeakRequest {
  readonly n: number;
  /** The chain that it requests. */
  readonly model: string;
  /** The code that its one event must have; a stream that is read to its end must end with the same. */
  readonly code: string;
  /** Resolves when the first entry has received the request. */
  readonly hit: Promise<void>;
}

/** Sends a request, and reads or disconnects. In process it rejects with the error of a stream that fails; any other rejection is a fault. */
export type Behaviour = (request: LeakRequest) => Promise<unknown>;

type Behaviours = Readonly<Record<string, Behaviour>>;

/** What the clients connect to. */
export interface LeakTarget {
  readonly gateway: Gateway;
  readonly url: string;
  /** Sets the id of the next request in process. */
  readonly setId: (id: string) => void;
}

const REST = { path: '/v1/chat/completions', more: { stream: true }, end: 'data: [DONE]\n\n' };
const TRPC = { path: '/trpc/chat.completions.stream', more: {}, end: 'event: return\ndata: \n\n' };
const CREATE = '/trpc/chat.completions.create';

const inputOf = ({ n, model }: LeakRequest): typeof HELLO => ({ ...HELLO, model, user: String(n) });

/** Aborts once the upstream has received the request. */
const aborts =
  (call: (request: LeakRequest, signal: AbortSignal) => Promise<unknown>): Behaviour =>
  async (request) => {
    const controller = new AbortController();
    void request.hit.then(() => controller.abort());
    const result = await call(request, controller.signal).then(
      () => 'read to its end',
      () => 'aborted',
    );
    if (result !== 'aborted') throw new Error('The abort was too late.');
  };

async function read(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream) continue;
}

/** The behaviours, by the replies that they fit. */
export function behavioursOf({ gateway, url, setId }: LeakTarget) {
  const { completions } = gateway.caller.chat;
  const gatewayFetch: typeof fetch = gateway.fetch;

  function send(
    fetchLike: typeof fetch,
    path: string,
    request: LeakRequest,
    init: RequestInit & { more?: object } = {},
  ) {
    const { more, ...rest } = init;
    const headers = { 'x-request-id': String(request.n) };
    return post(fetchLike, `${url}${path}`, { ...inputOf(request), ...more }, { ...rest, headers });
  }

  const streamInProcess = (request: LeakRequest, signal?: AbortSignal) => {
    setId(String(request.n));
    return completions.stream(inputOf(request), { signal });
  };

  const createInProcess = (request: LeakRequest, signal?: AbortSignal) => {
    setId(String(request.n));
    return completions.create(inputOf(request), { signal });
  };

  const streamByFetch = (request: LeakRequest, signal: AbortSignal | null = null) =>
    send(gatewayFetch, REST.path, request, { more: REST.more, signal });

  const readsStream =
    (fetchLike: typeof fetch, { path, more, end }: typeof REST | typeof TRPC): Behaviour =>
    async (request) => {
      const response = await send(fetchLike, path, request, { more });
      const text = await response.text();
      if (response.status !== 200 || text.endsWith(end) !== (request.code === 'ok'))
        throw new Error(`${response.status} ${text.slice(-200)}`);
    };

  const readsJson =
    (fetchLike: typeof fetch, path: string): Behaviour =>
    async (request) => {
      const response = await send(fetchLike, path, request);
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${response.status} ${text.slice(-200)}`);
    };

  /** On a bare socket: disconnects by a reset or a FIN, once text has arrived or the upstream has received the request. */
  const disconnectsSocket =
    (path: string, more: object, fin: boolean): Behaviour =>
    async (request) => {
      const body = JSON.stringify({ ...inputOf(request), ...more });
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: localhost\r\nx-request-id: ${request.n}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      if (request.model.endsWith('drops'))
        for (let all = ''; !all.includes('drop');) all += String(await once(socket, 'data'));
      else await request.hit;
      if (!fin) return void socket.resetAndDestroy();
      const closed = once(socket.resume(), 'close');
      socket.end();
      await closed;
    };

  const streamReads: Behaviours = {
    'REST stream': readsStream(fetch, REST),
    'tRPC stream': readsStream(fetch, TRPC),
    'gateway.fetch stream': readsStream(gatewayFetch, REST),
    'caller stream': async (request) => {
      await read(await streamInProcess(request));
      if (request.code !== 'ok') throw new Error('It looked complete.');
    },
  };
  const jsonReads: Behaviours = {
    'REST JSON': readsJson(fetch, REST.path),
    'tRPC JSON': readsJson(fetch, CREATE),
    'gateway.fetch JSON': readsJson(gatewayFetch, REST.path),
    'caller JSON': (request) => createInProcess(request),
  };
  /** Disconnects during a JSON answer that does not arrive. */
  const jsonDisconnects: Behaviours = {
    'REST JSON, reset': disconnectsSocket(REST.path, {}, false),
    'REST JSON, FIN': disconnectsSocket(REST.path, {}, true),
    'tRPC JSON, reset': disconnectsSocket(CREATE, {}, false),
    'tRPC JSON, FIN': disconnectsSocket(CREATE, {}, true),
    'gateway.fetch JSON, abort': aborts((request, signal) => send(gatewayFetch, REST.path, request, { signal })),
    'caller JSON, abort': aborts(createInProcess),
  };
  /** Disconnects during a stream, whether it has begun or not. */
  const disconnects: Behaviours = {
    'REST, reset': disconnectsSocket(REST.path, REST.more, false),
    'REST, FIN': disconnectsSocket(REST.path, REST.more, true),
    'tRPC, reset': disconnectsSocket(TRPC.path, {}, false),
    'tRPC, FIN': disconnectsSocket(TRPC.path, {}, true),
    'gateway.fetch, abort': aborts(async (request, signal) => (await streamByFetch(request, signal)).text()),
    'caller, abort': aborts(async (request, signal) => read(await streamInProcess(request, signal))),
  };
  /** Cancels a stream that is open, by its first token or by `openAfter`. */
  const openCancels: Behaviours = {
    'gateway.fetch, cancel unread': async (request) => (await streamByFetch(request)).body?.cancel(),
    'gateway.fetch, cancel': async (request) => {
      const reader = (await streamByFetch(request)).body?.getReader();
      await reader?.read();
      await reader?.cancel();
    },
    'caller, dispose unread': async (request) => {
      await using _ = await streamInProcess(request);
    },
    'caller, return unread': async (request) => (await streamInProcess(request))[Symbol.asyncIterator]().return?.(),
  };
  /** Ends a stream that has begun. */
  const begunEnds: Behaviours = {
    'caller, break': async (request) => {
      for await (const _ of await streamInProcess(request)) break;
    },
    ...openCancels,
    ...disconnects,
  };
  return { streamReads, jsonReads, jsonDisconnects, disconnects, openCancels, begunEnds };
}
