// The ways of asking that the leak test draws from: by every door, read to the end or left.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { HELLO, post } from '../helpers/gateway.ts';

/** One request. */
export interface Asking {
  readonly n: number;
  /** The chain it asks. */
  readonly model: string;
  /** What its one event must say; who reads a stream to its end must be told the same. */
  readonly code: string;
  /** Resolves when the first entry has been asked. */
  readonly hit: Promise<void>;
}

/** Asks, and reads or leaves. In process it rejects with the error of a stream that fails; whatever else it rejects with is wrong. */
export type Way = (asking: Asking) => Promise<unknown>;

type Ways = Readonly<Record<string, Way>>;

/** What the ways lead to. */
export interface Place {
  readonly gateway: Gateway;
  readonly url: string;
  /** Gives the next request in process its id. */
  readonly name: (id: string) => void;
}

const REST = { path: '/v1/chat/completions', more: { stream: true }, end: 'data: [DONE]\n\n' };
const TRPC = { path: '/trpc/chat.completions.stream', more: {}, end: 'event: return\ndata: \n\n' };
const CREATE = '/trpc/chat.completions.create';

const inputOf = ({ n, model }: Asking): typeof HELLO => ({ ...HELLO, model, user: String(n) });

/** Aborts once the upstream has been asked. */
const aborts =
  (call: (asking: Asking, signal: AbortSignal) => Promise<unknown>): Way =>
  async (asking) => {
    const controller = new AbortController();
    void asking.hit.then(() => controller.abort());
    const how = call(asking, controller.signal).then(
      () => 'read to its end',
      () => 'aborted',
    );
    if ((await how) !== 'aborted') throw new Error('The abort was too late.');
  };

async function read(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream) continue;
}

/** The ways, by what they fit. */
export function waysTo({ gateway, url, name }: Place) {
  const { completions } = gateway.caller.chat;
  const inGateway: typeof fetch = gateway.fetch;

  function send(fetchLike: typeof fetch, path: string, asking: Asking, init: RequestInit & { more?: object } = {}) {
    const { more, ...rest } = init;
    const headers = { 'x-request-id': String(asking.n) };
    return post(fetchLike, `${url}${path}`, { ...inputOf(asking), ...more }, { ...rest, headers });
  }

  const streamIn = (asking: Asking, signal?: AbortSignal) => {
    name(String(asking.n));
    return completions.stream(inputOf(asking), { signal });
  };

  const createIn = (asking: Asking, signal?: AbortSignal) => {
    name(String(asking.n));
    return completions.create(inputOf(asking), { signal });
  };

  const streamFetched = (asking: Asking, signal: AbortSignal | null = null) =>
    send(inGateway, REST.path, asking, { more: REST.more, signal });

  const readsStream =
    (fetchLike: typeof fetch, { path, more, end }: typeof REST | typeof TRPC): Way =>
    async (asking) => {
      const response = await send(fetchLike, path, asking, { more });
      const text = await response.text();
      if (response.status !== 200 || text.endsWith(end) !== (asking.code === 'ok'))
        throw new Error(`${response.status} ${text.slice(-200)}`);
    };

  const readsJson =
    (fetchLike: typeof fetch, path: string): Way =>
    async (asking) => {
      const response = await send(fetchLike, path, asking);
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${response.status} ${text.slice(-200)}`);
    };

  /** On a bare socket: leaves by a reset or a FIN, once words have come or the upstream has been asked. */
  const leavesSocket =
    (path: string, more: object, fin: boolean): Way =>
    async (asking) => {
      const body = JSON.stringify({ ...inputOf(asking), ...more });
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: localhost\r\nx-request-id: ${asking.n}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      if (asking.model.endsWith('drops'))
        for (let all = ''; !all.includes('drop');) all += String(await once(socket, 'data'));
      else await asking.hit;
      if (!fin) return void socket.resetAndDestroy();
      const closed = once(socket.resume(), 'close');
      socket.end();
      await closed;
    };

  const streamReads: Ways = {
    'REST stream': readsStream(fetch, REST),
    'tRPC stream': readsStream(fetch, TRPC),
    'gateway.fetch stream': readsStream(inGateway, REST),
    'caller stream': async (asking) => {
      await read(await streamIn(asking));
      if (asking.code !== 'ok') throw new Error('It looked complete.');
    },
  };
  const jsonReads: Ways = {
    'REST JSON': readsJson(fetch, REST.path),
    'tRPC JSON': readsJson(fetch, CREATE),
    'gateway.fetch JSON': readsJson(inGateway, REST.path),
    'caller JSON': (asking) => createIn(asking),
  };
  /** Of a JSON answer that does not come. */
  const jsonLeaves: Ways = {
    'REST JSON, reset': leavesSocket(REST.path, {}, false),
    'REST JSON, FIN': leavesSocket(REST.path, {}, true),
    'tRPC JSON, reset': leavesSocket(CREATE, {}, false),
    'tRPC JSON, FIN': leavesSocket(CREATE, {}, true),
    'gateway.fetch JSON, abort': aborts((asking, signal) => send(inGateway, REST.path, asking, { signal })),
    'caller JSON, abort': aborts(createIn),
  };
  /** Of a stream, whether it has begun or not. */
  const leaves: Ways = {
    'REST, reset': leavesSocket(REST.path, REST.more, false),
    'REST, FIN': leavesSocket(REST.path, REST.more, true),
    'tRPC, reset': leavesSocket(TRPC.path, {}, false),
    'tRPC, FIN': leavesSocket(TRPC.path, {}, true),
    'gateway.fetch, abort': aborts(async (asking, signal) => (await streamFetched(asking, signal)).text()),
    'caller, abort': aborts(async (asking, signal) => read(await streamIn(asking, signal))),
  };
  /** Of a stream that is open, by its first token or early. */
  const openLeaves: Ways = {
    'gateway.fetch, cancel unread': async (asking) => (await streamFetched(asking)).body?.cancel(),
    'gateway.fetch, cancel': async (asking) => {
      const reader = (await streamFetched(asking)).body?.getReader();
      await reader?.read();
      await reader?.cancel();
    },
    'caller, dispose unread': async (asking) => {
      await using _ = await streamIn(asking);
    },
    'caller, return unread': async (asking) => (await streamIn(asking))[Symbol.asyncIterator]().return?.(),
  };
  /** Of a stream that has begun. */
  const begunLeaves: Ways = {
    'caller, break': async (asking) => {
      for await (const _ of await streamIn(asking)) break;
    },
    ...openLeaves,
    ...leaves,
  };
  return { streamReads, jsonReads, jsonLeaves, leaves, openLeaves, begunLeaves };
}
