import { abortError } from '../domain/abort-error.ts';
import { GatewayError } from '../domain/errors.ts';
import type { BodyMemory } from '../door/body-memory.ts';
import { abortCode, onAbort } from '../lib/abort.ts';

/** How one body is read. */
interface Reading {
  readonly signal: AbortSignal;
  /** Gets the bytes as they arrive. What it throws ends the reading. */
  readonly onPiece: (piece: Buffer) => void;
  /** The most bytes. */
  readonly limit: number;
  /** Begins to count the body among all that are held; undefined for one that does not count. */
  readonly hold: BodyMemory['hold'] | undefined;
}

/**
 * Reads the whole body of a web request. Rejects with `request_too_large` past the limit, with `overloaded` where its bytes cannot be held, with
 * `internal_error` for a body that other code has read, and with the signal's error once it is aborted, even where no further piece comes. Cancels
 * what it does not read.
 */
export async function readWebBody(request: Request, { signal, onPiece, limit, hold }: Reading): Promise<Buffer> {
  if (request.bodyUsed)
    throw new GatewayError('internal_error', {
      message: 'The body of the request was read before the gateway got it.',
    });
  const failed = Promise.withResolvers<never>();
  // It may fail between two waits.
  failed.promise.catch(() => undefined);
  const held = hold?.(failed.reject);
  using _ = onAbort(signal, () => failed.reject(abortError(abortCode(signal))));
  try {
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of piecesOf(request, failed.promise)) {
      size += piece.length;
      if (size > limit)
        throw new GatewayError('request_too_large', { message: `The body is larger than ${limit} bytes.` });
      held?.add(piece.length);
      onPiece(piece);
      pieces.push(piece);
    }
    held?.complete();
    return Buffer.concat(pieces);
  } catch (thrown) {
    held?.[Symbol.dispose]();
    throw thrown;
  }
}

async function* piecesOf({ body }: Request, failed: Promise<never>): AsyncGenerator<Buffer, void> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), failed]);
      if (done) return;
      yield Buffer.from(value.buffer, value.byteOffset, value.length);
    }
  } finally {
    // After the last piece it does nothing. A source that fails to cancel concerns its owner only.
    reader.cancel().catch(() => undefined);
  }
}
