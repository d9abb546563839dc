import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Larger pieces are not copied to stand beside their frame; in bytes. */
const MOST_COPIED = 8 * 1024;
const LINE_END = '\r\n';

/** Writes the body of a response. The calls answer what a socket's `write` does; that it has drained the socket tells. */
export interface BodyWriter {
  write(bytes: Buffer | string): boolean;
  /** Idempotent. */
  end(): void;
}

/**
 * Makes the writer of a response whose turn on its connection it is; where its body goes in chunks its head must have been handed to the
 * socket. Chunks are framed here and go there too: Node's `response.write` corks the socket for each, hands it four pieces and uncorks it a
 * tick later.
 */
export function bodyWriter(response: ServerResponse): BodyWriter {
  const { socket } = response;
  if (!response.chunkedEncoding || socket === null)
    return { write: (bytes) => response.write(bytes), end: () => void response.end() };
  // The head says that there are chunks; from here on Node passes on what it is given.
  response.chunkedEncoding = false;
  return new ChunkWriter(response, socket);
}

class ChunkWriter implements BodyWriter {
  readonly #response: ServerResponse;
  readonly #socket: Socket;

  constructor(response: ServerResponse, socket: Socket) {
    this.#response = response;
    this.#socket = socket;
  }

  write(bytes: Buffer | string): boolean {
    const socket = this.#socket;
    // A chunk of nothing would be the last one; and who has left, or has all, is written nothing more.
    if (bytes.length === 0 || !socket.writable || this.#response.writableEnded) return true;
    if (typeof bytes === 'string')
      return socket.write(`${Buffer.byteLength(bytes).toString(16)}${LINE_END}${bytes}${LINE_END}`);
    const size = bytes.length.toString(16) + LINE_END;
    if (bytes.length <= MOST_COPIED) {
      const chunk = Buffer.allocUnsafe(size.length + bytes.length + LINE_END.length);
      chunk.write(size, 0, 'latin1');
      chunk.set(bytes, size.length);
      chunk.write(LINE_END, size.length + bytes.length, 'latin1');
      return socket.write(chunk);
    }
    socket.cork();
    socket.write(size, 'latin1');
    socket.write(bytes);
    const more = socket.write(LINE_END, 'latin1');
    socket.uncork();
    return more;
  }

  end(): void {
    if (!this.#response.writableEnded) this.#response.end('0\r\n\r\n', 'latin1');
  }
}
