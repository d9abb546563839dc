import { abortError } from '../domain/abort-error.ts';
import { GatewayError } from '../domain/errors.ts';
import type { BodyMemory } from '../door/body-memory.ts';
import { contentCodings, decodeBody } from '../door/content-coding.ts';
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
 * `internal_error` for a body that other code has read, with `invalid_request` for one that cannot be decoded by its content codings, and with the signal's error once it is aborted, even where no further piece comes. Cancels
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
    const keep = (piece: Buffer): void => {
      size += piece.length;
      if (size > limit) throw tooLarge(limit);
      held?.add(piece.length);
      onPiece(piece);
      pieces.push(piece);
    };
    const source = piecesOf(request, failed.promise);
    const codings = contentCodings({ 'content-encoding': request.headers.get('content-encoding') ?? undefined });
    if (codings.length > 0) await decodeAll(source, { codings, limit, keep, failed });
    else for await (const piece of source) keep(piece);
    held?.complete();
    return Buffer.concat(pieces);
  } catch (thrown) {
    held?.[Symbol.dispose]();
    throw thrown;
  }
}

/** How a compressed body is decoded. */
interface Decoding {
  readonly codings: readonly string[];
  /** The most bytes, before and after decoding. */
  readonly limit: number;
  /** Gets the decoded bytes. */
  readonly keep: (piece: Buffer) => void;
  /** Ends the reading from elsewhere, and by what cannot be decoded. */
  readonly failed: PromiseWithResolvers<never>;
}

async function decodeAll(source: AsyncIterable<Buffer>, { codings, limit, keep, failed }: Decoding): Promise<void> {
  const decoded = Promise.withResolvers<void>();
  let drained: PromiseWithResolvers<void> | undefined;
  const flow = {
    pause: () => void (drained ??= Promise.withResolvers()),
    resume() {
      drained?.resolve();
      drained = undefined;
    },
  };
  const decoder = decodeBody(codings, flow, { data: keep, end: decoded.resolve, failed: failed.reject });
  try {
    let received = 0;
    for await (const piece of source) {
      received += piece.length;
      if (received > limit) throw tooLarge(limit);
      decoder.receiver.data(piece);
      if (drained !== undefined) await Promise.race([drained.promise, failed.promise]);
    }
    decoder.receiver.end();
    await Promise.race([decoded.promise, failed.promise]);
  } finally {
    decoder.drop();
  }
}

function tooLarge(limit: number): GatewayError {
  return new GatewayError('request_too_large', { message: `The body is larger than ${limit} bytes.` });
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
