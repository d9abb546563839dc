import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../domain/errors.ts';
import { abortError } from '../domain/abort-error.ts';
import { abortCode, onAbort } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { startWatchdog } from '../lib/watchdog.ts';

/** Limits on reading a body. */
export interface BodyOptions {
  readonly clock: Clock;
  /** The largest body, in bytes. */
  readonly limit: number;
  /** The longest pause between two reads, in milliseconds. */
  readonly idle: number;
}

/** Reads the whole body of a response's request. Sends `100 Continue` first when the client waits for it. */
export type ReadBody = (response: ServerResponse, signal: AbortSignal) => Promise<Buffer>;

/**
 * Makes the reader. It rejects with `request_too_large` past its limit (before it reads anything, where the length is declared),
 * `request_timeout` when nothing is received for `idle`, `client_closed` when the client disconnects, `shutting_down` when the gateway closes.
 */
export function createReadBody({ clock, limit, idle }: BodyOptions): ReadBody {
  const tooLarge = (): GatewayError =>
    new GatewayError('request_too_large', { message: `The body is larger than ${limit} bytes.` });
  const tooSlow = (): GatewayError =>
    new GatewayError('request_timeout', { message: `Nothing of the body was received for ${idle} ms.` });

  /** Most bodies are received together with their heads, and there is nothing to wait for. */
  function readReceived(request: IncomingMessage): Buffer {
    if (request.readableLength > limit) throw tooLarge();
    return request.read() ?? NOTHING;
  }

  return async (response, signal) => {
    const { req: request } = response;
    if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge();
    if (request.headers.expect !== undefined && request.httpVersion === '1.1') response.writeContinue();
    if (request.complete && !signal.aborted) return readReceived(request);
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const pieces: Buffer[] = [];
    let size = 0;
    using watchdog = startWatchdog(clock, idle, () => reject(tooSlow()));
    using _ = onAbort(signal, () => reject(abortError(abortCode(signal))));
    const take = (piece: Buffer): void => {
      watchdog.feed();
      size += piece.length;
      if (size > limit) reject(tooLarge());
      else pieces.push(piece);
    };
    request.on('data', take);
    request.once('end', () => resolve(onePiece(pieces)));
    request.once('error', () => reject(abortError('client_closed')));
    try {
      return await promise;
    } catch (thrown) {
      request.pause().off('data', take);
      throw thrown;
    }
  };
}

const NOTHING = Buffer.alloc(0);

function onePiece(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces);
}
