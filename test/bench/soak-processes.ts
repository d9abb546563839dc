// What stream-soak.ts starts, asks and reads: the upstream and gateways, in processes of their own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { rawCaller } from '../faults/wire.ts';
import { HELLO, type Rig } from '../helpers/gateway.ts';

const PATH = '/v1/chat/completions';
const WARM_UPS = 50;

/** A process that serves, and answers each message with a `Told`. */
export interface Child<Told> extends AsyncDisposable {
  readonly url: string;
  ask(message?: string): Promise<Told>;
}

/** Starts a file of this folder, under the same flags of Node. */
export async function start<Told>(file: string, ...args: readonly string[]): Promise<Child<Told>> {
  const child = fork(join(import.meta.dirname, file), [...args]);
  const hear = async (): Promise<unknown> => ((await once(child, 'message')) as unknown[])[0];
  const { url } = (await hear()) as { url: string };
  return {
    url,
    async ask(message = '') {
      const told = hear();
      child.send(message);
      return (await told) as Told;
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}

/** How an answer was read. */
export interface Read {
  readonly status: number | undefined;
  /** Its last words. */
  readonly tail: string;
  /** From the request to the answer's end. */
  readonly ms: number;
}

/** Asks a gateway for an answer and reads all of it. */
export async function read(
  { url }: Pick<Child<unknown>, 'url'>,
  input: { readonly model: string; readonly stream?: boolean },
  onData: (piece: Buffer) => void = () => undefined,
): Promise<Read> {
  const begun = performance.now();
  const headers = { 'content-type': 'application/json' };
  const asked = request(`${url}${PATH}`, { method: 'POST', agent: false, headers });
  const usage = input.stream === false ? {} : { stream_options: { include_usage: true } };
  asked.end(JSON.stringify({ ...HELLO, stream: true, ...usage, ...input, model: `up/${input.model}` }));
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let tail = '';
  response.on('data', (piece: Buffer) => {
    tail = (tail + piece.subarray(-500).toString()).slice(-500);
    onData(piece);
  });
  await once(response, 'end');
  return { status: response.statusCode, tail, ms: performance.now() - begun };
}

/** Streams short answers through a gateway, so that what it only makes once is made. */
export async function warm(gateway: Child<unknown>): Promise<void> {
  for (let n = 0; n < WARM_UPS; n++) await read(gateway, { model: 'warm' });
}

/** A caller who asks for a stream and reads nothing. */
export function deaf({ url }: Pick<Child<unknown>, 'url'>, model: string): Socket {
  return rawCaller({ url } as Rig, PATH, { ...HELLO, model: `up/${model}`, stream: true }).pause();
}
