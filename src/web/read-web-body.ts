import { abortError } from '../domain/abort-error.ts';
import { GatewayError } from '../domain/errors.ts';
import { abortCode, onAbort } from '../lib/abort.ts';

/** How one body is read. */
interface Reading {
  readonly signal: AbortSignal;
  /** Gets the bytes as they arrive. What it throws ends the reading. */
  readonly onPiece: (piece: Buffer) => void;
  /** The most bytes. */
  readonly limit: number;
}

/**
 * Reads the whole body of a web request. Rejects with `request_too_large` past the limit, with `internal_error` for a body that other code has read,
 * and with the signal's error once it is aborted, even where no further piece comes. Cancels what it does not read.
 */
export async function readWebBody(request: Request, { signal, onPiece, limit }: Reading): Promise<Buffer> {
  if (request.bodyUsed)
    throw new GatewayError('internal_error', {
      message: 'The body of the request was read before the gateway got it.',
    });
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of piecesOf(request, signal)) {
    size += piece.length;
    if (size > limit)
      throw new GatewayError('request_too_large', { message: `The body is larger than ${limit} bytes.` });
    onPiece(piece);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

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
