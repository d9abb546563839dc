import type { ServerResponse as Response } from 'node:http';
import type { Socket } from 'node:net';
import { ServerResponse } from '../lib/http.ts';

/** Larger pieces are not copied beside their chunk's frame, in bytes. */
const MAX_COPIED_BYTES = 8 * 1024;
const LINE_END = '\r\n';

/** Writes the body of a response. Results are those of a socket's `write`; the socket's `drain` says that it takes more. */
export interface BodyWriter {
  write(bytes: Buffer | string): boolean;
  /** Idempotent. */
  end(): void;
}

/**
 * Makes the writer of the response that is current on its connection. Where its body is chunked, its head must have been written to the
 * socket. Chunks are framed here and written to the socket directly: Node's `response.write` corks the socket for each chunk, writes four pieces and
 * uncorks it a tick later.
 */
export function bodyWriter(response: Response): BodyWriter {
  const { socket } = response;
  if (!response.chunkedEncoding || socket === null || isWrapped(response))
    return { write: (bytes) => response.write(bytes), end: () => void response.end() };
  // The head announces chunks; from here on Node passes bytes on unframed.
  response.chunkedEncoding = false;
  return new ChunkWriter(response, socket);
}

/** Whether other code has replaced the response's own functions, as middlewares for compression and sessions do, and `inject` of Fastify: it must see all bytes. */
export function isWrapped(response: Response): boolean {
  const { prototype } = ServerResponse;
  return response.write !== prototype.write || response.end !== prototype.end;
}

class ChunkWriter implements BodyWriter {
  readonly #response: Response;
  readonly #socket: Socket;

  constructor(response: Response, socket: Socket) {
    this.#response = response;
    this.#socket = socket;
  }

  write(bytes: Buffer | string): boolean {
    const socket = this.#socket;
    // An empty chunk would be the last one. After a disconnect or the end nothing more is written.
    if (bytes.length === 0 || !socket.writable || this.#response.writableEnded) return true;
    if (typeof bytes === 'string')
      return socket.write(`${Buffer.byteLength(bytes).toString(16)}${LINE_END}${bytes}${LINE_END}`);
    const size = bytes.length.toString(16) + LINE_END;
    if (bytes.length <= MAX_COPIED_BYTES) {
      const chunk = Buffer.allocUnsafe(size.length + bytes.length + LINE_END.length);
      chunk.write(size, 0, 'latin1');
      chunk.set(bytes, size.length);
      chunk.write(LINE_END, size.length + bytes.length, 'latin1');
      return socket.write(chunk);
    }
    socket.cork();
    socket.write(size, 'latin1');
    socket.write(bytes);
    const takesMore = socket.write(LINE_END, 'latin1');
    socket.uncork();
    return takesMore;
  }

  end(): void {
    if (!this.#response.writableEnded) this.#response.end('0\r\n\r\n', 'latin1');
  }
}
