import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../domain/errors.ts';
import { abortError } from '../domain/abort-error.ts';
import { abortCode, onAbort } from '../lib/abort.ts';
import { startWatchdog } from '../lib/watchdog.ts';
import { type BodyMemory, createBodyMemory, type HeldBody } from '../door/body-memory.ts';
import { contentCodings, decodeBody } from '../door/content-coding.ts';
import { parsedBodyOf } from './parsed-body.ts';
import { BodyTurns } from './body-turns.ts';
import { BodyPieces, type PieceLimits, tooLarge, tooSlow } from './body-pieces.ts';

/** Limits on reading bodies. */
export interface BodyOptions extends PieceLimits {
  /** The most bytes of all bodies that are held at once. */
  readonly maxMemory: number;
  /** Whether the requests are those of an application's server, which sends `100 Continue` itself and may have read their bodies. */
  readonly mounted: boolean;
}

/** How one body is read. */
export interface Reading {
  readonly signal: AbortSignal;
  /** Gets the bytes as they arrive. What it throws ends the reading. */
  readonly onPiece: (piece: Buffer) => void;
  /** The largest body, in bytes, where that is less than the reader's limit. */
  readonly most?: number | undefined;
}

/** Reads the whole body of a response's request. Sends `100 Continue` first when the client waits for it. */
export type ReadBody = (response: ServerResponse, reading: Reading) => Promise<Buffer>;

/**
 * Makes the reader. It rejects with `overloaded` while the bodies of other requests fill the memory (before it reads anything), and for the
 * youngest of the bodies that would fill it, with `request_too_large` past its limit (before it reads anything, where the length is declared), with
 * `request_timeout` when nothing is received for `idle`, or the body is slower than ten seconds for each megabyte, with `client_closed` when
 * the client disconnects, `shutting_down` when the gateway closes. The bytes are held until the response is closed. A compressed body is decoded while
 * it arrives: the limit and the memory count what it decodes to, and a body that cannot be decoded is an `invalid_request`. What a body parser has
 * read is decoded already.
 */
export function createReadBody({ clock, limit: largest, idle, maxMemory, mounted }: BodyOptions): ReadBody {
  const memory = createBodyMemory(maxMemory);
  const turns = new BodyTurns();
  return async (response, reading) => {
    const { req: request } = response;
    const limit = Math.min(largest, reading.most ?? largest);
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > limit) throw tooLarge(limit);
    const codings = contentCodings(request.headers);
    const isCoded = codings.length > 0;
    const parsed = mounted ? parsedBodyOf(request) : undefined;
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const held = holdUntilClosed(response, memory, reject);
    const whole = { held, limit, onPiece: reading.onPiece };
    if (parsed !== undefined) return takeWhole(parsed, whole);
    if (!mounted && request.headers.expect !== undefined && request.httpVersion === '1.1') response.writeContinue();
    if (request.complete && !reading.signal.aborted && !isCoded) return readReceived(request, whole);
    const pieces = new BodyPieces({ clock, limit, idle }, isCoded ? 0 : declared);
    using watchdog = startWatchdog(clock, idle, () =>
      reject(tooSlow(`Nothing of the body was received for ${idle} ms.`)),
    );
    using _ = onAbort(reading.signal, () => reject(abortError(abortCode(reading.signal))));
    const keep = (piece: Buffer): void => {
      watchdog.feed();
      pieces.add(piece);
      held.add(piece.length);
      reading.onPiece(piece);
    };
    const finish = (): void => resolve(pieces.take());
    const decoder = isCoded ? decodeBody(codings, request, { data: keep, end: finish, failed: reject }) : undefined;
    const take = (piece: Buffer): void => {
      watchdog.feed();
      try {
        if (decoder === undefined) keep(piece);
        else pieces.pass(piece);
        decoder?.receiver.data(piece);
        turns.read(request, piece.length);
      } catch (thrown) {
        reject(GatewayError.from(thrown));
      }
    };
    request.on('data', take);
    const received = decoder === undefined ? finish : (): void => decoder.receiver.end();
    request.once('end', received);
    request.once('error', () => reject(abortError('client_closed')));
    try {
      const body = await promise;
      held.complete();
      return body;
    } catch (thrown) {
      // The rest may be read to nothing for a while, so that the client sees the answer.
      request.pause().off('data', take).off('end', received);
      decoder?.drop();
      turns.end(request);
      pieces.drop();
      held[Symbol.dispose]();
      throw thrown;
    }
  };
}

function holdUntilClosed(response: ServerResponse, memory: BodyMemory, onEnd: (error: GatewayError) => void): HeldBody {
  const held = memory.hold(onEnd);
  response.once('close', () => held[Symbol.dispose]());
  return held;
}

/** Most bodies are received together with their heads, and there is nothing to wait for. */
function readReceived(request: IncomingMessage, whole: Whole): Buffer {
  if (request.readableLength > whole.limit) throw tooLarge(whole.limit);
  return takeWhole(request.read() ?? NOTHING, whole);
}

/** How a body that is in memory is taken. */
interface Whole extends Pick<Reading, 'onPiece'> {
  readonly held: HeldBody;
  readonly limit: number;
}

function takeWhole(body: Buffer, { held, limit, onPiece }: Whole): Buffer {
  if (body.length > limit) throw tooLarge(limit);
  held.complete();
  held.add(body.length);
  onPiece(body);
  return body;
}

const NOTHING = Buffer.alloc(0);
