import type { IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { openAbortScope } from '../lib/abort.ts';
import { request as httpRequest } from '../lib/http.ts';

/** Longest time of one request, in milliseconds. */
const TIMEOUT_MS = 10_000;
/** Most bytes of an answer that are read, so that its connection can be used again. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** A request with a body of JSON. */
export interface JsonPost {
  /** With http or https. */
  readonly url: string;
  /** Sent beside those of the body, with names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** In pieces. */
  readonly body: readonly Uint8Array[];
  /** Ends the request. */
  readonly signal: AbortSignal;
}

/** How a request ended. */
export interface PostEnd {
  /** The status of the answer; `silent` where there was none within 10 seconds or before the signal, `unreachable` for any other failure. */
  readonly status: number | 'silent' | 'unreachable';
  /** Those of the answer. */
  readonly headers: IncomingHttpHeaders;
}

const UNREACHABLE: PostEnd = Object.freeze({ status: 'unreachable', headers: {} });

/** Posts JSON. It follows no redirect, and reads nothing of the answer but its head. Never rejects. */
export async function postJson(sent: JsonPost): Promise<PostEnd> {
  using scope = openAbortScope(sent.signal, AbortSignal.timeout(TIMEOUT_MS));
  const { signal } = scope;
  const post = { ...sent, signal };
  const end = (await exchange(post)) ?? (await exchange(post)) ?? UNREACHABLE;
  return end.status === 'unreachable' && signal.aborted ? { status: 'silent', headers: {} } : end;
}

/** Whether an answer says that the request was taken: its status is 2xx. */
export function wasTaken({ status }: PostEnd): boolean {
  return typeof status === 'number' && status >= 200 && status < 300;
}

/**
 * Sends it once. Resolves to undefined where the receiver has closed a connection that had been used before, as it may while that is idle. Never
 * rejects. It is Node's own client: `fetch` takes three times as long, and 10 MB.
 */
async function exchange(post: JsonPost): Promise<PostEnd | undefined> {
  try {
    return await send(post);
  } catch {
    // What is configured cannot be sent, such as a user in the URL that is not percent-encoded.
    return UNREACHABLE;
  }
}

function send({ url, headers, body, signal }: JsonPost): Promise<PostEnd | undefined> {
  const { promise, resolve } = Promise.withResolvers<PostEnd | undefined>();
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  const own = { 'content-type': 'application/json', 'content-length': length };
  const options = { method: 'POST', headers: { ...headers, ...own }, signal };
  const outgoing = request(url, options, (response) => {
    // The status counts, even where the rest of the answer breaks off.
    const done = (): void => resolve({ status: response.statusCode ?? 'unreachable', headers: response.headers });
    let bytes = 0;
    response.on('data', (piece: Buffer) => {
      if ((bytes += piece.length) > MAX_ANSWER_BYTES) response.destroy();
    });
    response.on('error', done).on('close', done);
  });
  // A 101 is no response to Node. Without this listener it ends the request without any event that is listened to here.
  outgoing.on('upgrade', ({ statusCode, headers: answered }, socket) => {
    socket.destroy();
    resolve({ status: statusCode ?? 'unreachable', headers: answered });
  });
  outgoing.on('error', () => resolve(outgoing.reusedSocket && !signal.aborted ? undefined : UNREACHABLE));
  for (const piece of body) outgoing.write(piece);
  outgoing.end();
  return promise;
}
