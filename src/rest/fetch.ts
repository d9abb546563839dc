import { abortError } from '../domain/abort-error.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import { abortCode, onAbort, openAbortScope } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { pump } from '../sse/pump.ts';
import type { Handle } from './handle.ts';
import { createWebSink } from './web-sink.ts';

/** The facade as a `fetch`, for any SDK in the same process; it uses no socket. */
export type GatewayFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** What the fetch adapter needs of its gateway. */
export interface FetchOptions {
  readonly handle: Handle;
  readonly principal: Principal;
  readonly clock: Clock;
  /** A reader that takes nothing for this long is dropped; in milliseconds. */
  readonly writeIdle: number;
  /** The largest body, in bytes. */
  readonly bodyLimit: number;
}

/**
 * Makes the facade's adapter in process. Like `fetch`, it rejects with the signal's reason when the caller aborts, and resolves with a response for
 * every error of the gateway. The host of the URL does not matter.
 */
export function createFetch({ handle, principal, clock, writeIdle, bodyLimit }: FetchOptions): GatewayFetch {
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const scope = openAbortScope();
    const cancel = (): void => scope.abort('client_closed');
    request.signal.addEventListener('abort', cancel, { once: true });
    const url = new URL(request.url);
    const reply = await handle({
      method: request.method,
      url: url.pathname + url.search,
      headers: Object.fromEntries(request.headers),
      abort: scope,
      principal,
      async body(signal, onPiece) {
        const pieces: Buffer[] = [];
        let size = 0;
        for await (const piece of piecesOf(request, signal)) {
          size += piece.length;
          if (size > bodyLimit)
            throw new GatewayError('request_too_large', { message: `The body is larger than ${bodyLimit} bytes.` });
          onPiece(piece);
          pieces.push(piece);
        }
        return Buffer.concat(pieces);
      },
    });
    // From here on the sink listens to the abort itself: its reader must see the abort, not the end of the stream that follows from it.
    request.signal.removeEventListener('abort', cancel);
    if (reply.kind === 'bytes') {
      request.signal.throwIfAborted();
      const body = request.method === 'HEAD' ? null : new Uint8Array(reply.body);
      return new Response(body, { status: reply.status, headers: reply.headers });
    }
    const web = createWebSink(cancel, request.signal);
    pump(reply.stream, web.sink, { framing: reply.framing, clock, writeIdle });
    return new Response(web.readable, { status: reply.status, headers: reply.headers });
  };
}

/** The body of a request, piece by piece. Throws once the signal is aborted, even where no further piece comes. Cancels what is not read. */
async function* piecesOf({ body }: Request, signal: AbortSignal): AsyncGenerator<Buffer, void> {
  if (body === null) return;
  const reader = body.getReader();
  const aborted = Promise.withResolvers<never>();
  using _ = onAbort(signal, () => aborted.reject(abortError(abortCode(signal))));
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), aborted.promise]);
      if (done) return;
      yield Buffer.from(value.buffer, value.byteOffset, value.length);
    }
  } finally {
    // After the last piece it does nothing. A source that fails to cancel concerns its owner only.
    reader.cancel().catch(() => undefined);
  }
}
