import type { ServerResponse } from 'node:http';

/** Larger pieces are not copied to stand beside their frame; in bytes. */
const MOST_COPIED = 8 * 1024;
const LINE_END = '\r\n';

/** Writes the body of a response. The calls answer what `response.write` does. */
export interface BodyWriter {
  write(bytes: Buffer | string): boolean;
  /** Idempotent. */
  end(): void;
}

/**
 * Makes the writer of a response whose head is written. Where the body goes in chunks it frames them itself, a small one as one piece:
 * Node hands four to the socket for each write.
 */
export function bodyWriter(response: ServerResponse): BodyWriter {
  if (!response.chunkedEncoding) return { write: (bytes) => response.write(bytes), end: () => void response.end() };
  // The head says that there are chunks; from here on Node passes on what it is given.
  response.chunkedEncoding = false;

  function writeBuffer(bytes: Buffer): boolean {
    const size = bytes.length.toString(16) + LINE_END;
    if (bytes.length <= MOST_COPIED) {
      const chunk = Buffer.allocUnsafe(size.length + bytes.length + LINE_END.length);
      chunk.write(size, 0, 'latin1');
      chunk.set(bytes, size.length);
      chunk.write(LINE_END, size.length + bytes.length, 'latin1');
      return response.write(chunk);
    }
    response.write(size, 'latin1');
    response.write(bytes);
    return response.write(LINE_END, 'latin1');
  }

  return {
    write(bytes) {
      // A chunk of nothing would be the last one.
      if (bytes.length === 0) return true;
      if (typeof bytes !== 'string') return writeBuffer(bytes);
      return response.write(`${Buffer.byteLength(bytes).toString(16)}\r\n${bytes}\r\n`);
    },
    end() {
      if (!response.writableEnded) response.end('0\r\n\r\n', 'latin1');
    },
  };
}
