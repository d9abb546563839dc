import type { IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../../lib/clock.ts';
import { request as httpRequest } from '../../lib/http.ts';
import { retryAfter } from '../../refusals/wait.ts';

/** What is sent to an OpenTelemetry collector, and where. */
export interface Post {
  readonly url: string;
  /** Sent beside the content type, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** OTLP in JSON, in pieces. */
  readonly body: readonly Uint8Array[];
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Why a collector has not taken what was sent. */
export interface PostProblem {
  /** A few words, without the URL and without the collector's own: those may repeat what it got. */
  readonly reason: string;
  /** Whether the same may be sent again. */
  readonly isRetryable: boolean;
  /** Milliseconds after which the collector wants it again; undefined where it does not say. */
  readonly retryMs?: number | undefined;
}

/** Longest time of one request, in milliseconds. */
const TIMEOUT_MS = 10_000;
/** Most bytes of an answer that are read, so that its connection can be used again. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Statuses after which the same is sent again (https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes). */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Sends something to a collector, as OTLP over HTTP. Resolves to a problem, or to undefined where the collector has taken it. Never rejects. */
export async function post(sent: Post, clock: Clock): Promise<PostProblem | undefined> {
  const silent = AbortSignal.timeout(TIMEOUT_MS);
  const signal = AbortSignal.any([sent.signal, silent]);
  const { status, headers } =
    (await exchange({ ...sent, signal })) ?? (await exchange({ ...sent, signal })) ?? NO_REPLY;
  if (status === undefined) {
    const reason = signal.aborted ? 'the collector is silent' : 'no connection to the collector';
    return { reason, isRetryable: true };
  }
  if (status >= 200 && status < 300) return undefined;
  const retryMs = retryAfter(headers, clock.now());
  return { reason: `the collector answered ${status}`, isRetryable: RETRYABLE.has(status), retryMs };
}

/** The head of an answer; the status is undefined where there is none. */
interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
}

const NO_REPLY: Reply = Object.freeze({ status: undefined, headers: {} });

/**
 * Sends it once. Resolves to undefined where the collector has closed a connection that had been used before, as it may while that is idle. Never
 * rejects. It is Node's own client: `fetch` takes three times as long, and 10 MB.
 */
async function exchange(sent: Post): Promise<Reply | undefined> {
  try {
    return await send(sent);
  } catch {
    // What is configured cannot be sent, such as a user in the URL that is not percent-encoded.
    return NO_REPLY;
  }
}

function send({ url, headers, body, signal }: Post): Promise<Reply | undefined> {
  const { promise, resolve } = Promise.withResolvers<Reply | undefined>();
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  const own = { 'content-type': 'application/json', 'content-length': length };
  const options = { method: 'POST', headers: { ...headers, ...own }, signal };
  const outgoing = request(url, options, (response) => {
    // The status counts, even where the rest of the reply breaks off.
    const done = (): void => resolve({ status: response.statusCode, headers: response.headers });
    let bytes = 0;
    response.on('data', (piece: Buffer) => {
      if ((bytes += piece.length) > MAX_ANSWER_BYTES) response.destroy();
    });
    response.on('error', done).on('close', done);
  });
  outgoing.on('error', () => resolve(outgoing.reusedSocket && !signal.aborted ? undefined : NO_REPLY));
  for (const piece of body) outgoing.write(piece);
  outgoing.end();
  return promise;
}
