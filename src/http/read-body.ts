import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../domain/errors.ts';
import { abortError } from '../domain/abort-error.ts';
import { abortCode, onAbort } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { startWatchdog } from '../lib/watchdog.ts';

/** How a body is read. */
export interface BodyOptions {
  readonly clock: Clock;
  /** The most of it, in bytes. */
  readonly limit: number;
  /** How long it may pause, in milliseconds. */
  readonly idle: number;
}

/** Reads the body of a response's request, whole; a caller who waits to be asked for it is asked. */
export type ReadBody = (response: ServerResponse, signal: AbortSignal) => Promise<Buffer>;

/**
 * Makes the reader. It rejects with `request_too_large` past its limit, before anything is read where the length is given,
 * `request_timeout` when nothing comes for too long, `client_closed` when the caller leaves, `shutting_down` when we do.
 */
export function createReadBody({ clock, limit, idle }: BodyOptions): ReadBody {
  const tooLarge = (): GatewayError =>
    new GatewayError('request_too_large', { message: `The body is larger than ${limit} bytes.` });
  const tooSlow = (): GatewayError =>
    new GatewayError('request_timeout', { message: `Nothing of the body came for ${idle} ms.` });

  /** Most bodies have come with their heads, and there is nothing to wait for. */
  function readAtOnce(request: IncomingMessage): Buffer {
    if (request.readableLength > limit) throw tooLarge();
    return request.read() ?? NOTHING;
  }

  return async (response, signal) => {
    const { req: request } = response;
    if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge();
    if (request.headers.expect !== undefined && request.httpVersion === '1.1') response.writeContinue();
    if (request.complete && !signal.aborted) return readAtOnce(request);
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
