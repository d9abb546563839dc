// The processes of stream-soak.ts: the upstream and the gateways.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { rawClient } from '../faults/wire.ts';
import { type Rig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const PATH = '/v1/chat/completions';
const WARM_UPS = 50;

/** A process that serves, and replies to each message. */
export interface Child<Reply> extends AsyncDisposable {
  readonly url: string;
  /** Sends a message and resolves with the reply. One at a time. */
  query(message?: string): Promise<Reply>;
}

/** Starts a file of this folder, under the same flags of Node. */
export async function start<Reply>(file: string, ...args: readonly string[]): Promise<Child<Reply>> {
  const child = fork(join(import.meta.dirname, file), [...args]);
  const nextMessage = async (): Promise<unknown> => ((await once(child, 'message')) as unknown[])[0];
  const { url } = (await nextMessage()) as { url: string };
  return {
    url,
    async query(message = '') {
      const reply = nextMessage();
      child.send(message);
      return (await reply) as Reply;
    },
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}

/** An answer that was read to its end. */
export interface ReadAnswer {
  readonly status: number | undefined;
  /** The last characters of its body. */
  readonly tail: string;
  /** Milliseconds from the request to the answer's end. */
  readonly ms: number;
}

/** Sends a request to a gateway and reads all of the answer. */
export async function read(
  { url }: Pick<Child<unknown>, 'url'>,
  input: { readonly model: string; readonly stream?: boolean },
  onData: (piece: Buffer) => void = () => undefined,
): Promise<ReadAnswer> {
  const startedAt = performance.now();
  const headers = { 'content-type': 'application/json' };
  const outgoing = request(`${url}${PATH}`, { method: 'POST', agent: false, headers });
  const usage = input.stream === false ? {} : { stream_options: { include_usage: true } };
  outgoing.end(JSON.stringify({ ...HELLO, stream: true, ...usage, ...input, model: `up/${input.model}` }));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  let tail = '';
  response.on('data', (piece: Buffer) => {
    tail = (tail + piece.subarray(-500).toString()).slice(-500);
    onData(piece);
  });
  await once(response, 'end');
  return { status: response.statusCode, tail, ms: performance.now() - startedAt };
}

/** Streams short answers through a gateway, which fills its caches and makes V8 compile. */
export async function warm(gateway: Child<unknown>): Promise<void> {
  for (let n = 0; n < WARM_UPS; n++) await read(gateway, { model: 'warm' });
}

/** A client that requests a stream and does not read it. */
export function openUnread({ url }: Pick<Child<unknown>, 'url'>, model: string): Socket {
  return rawClient({ url } as Rig, PATH, { ...HELLO, model: `up/${model}`, stream: true }).pause();
}
