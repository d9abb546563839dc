import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../domain/errors.ts';
import { givenUp } from '../domain/given-up.ts';
import { abortCode, onAbort } from '../lib/abort.ts';

/** Reads a request's body, whole. Rejects with `request_too_large` past `limit` bytes, `client_closed` when the caller leaves, `shutting_down` when we do. */
export function readBody(request: IncomingMessage, limit: number, signal: AbortSignal): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const pieces: Buffer[] = [];
  let size = 0;
  const tooLarge = (): void => {
    request.pause();
    reject(new GatewayError('request_too_large', { message: `The body is larger than ${limit} bytes.` }));
  };
  const gone = onAbort(signal, () => reject(givenUp(abortCode(signal))));
  if (Number(request.headers['content-length'] ?? 0) > limit) tooLarge();
  else {
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > limit) tooLarge();
      else pieces.push(piece);
    });
    request.once('end', () =>
      resolve(pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)),
    );
    request.once('error', () => reject(givenUp('client_closed')));
  }
  return promise.finally(() => gone[Symbol.dispose]());
}
