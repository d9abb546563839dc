import type { Socket } from 'node:net';

/** A complete request: its path and its body. */
export interface RawRequest {
  readonly path: string;
  readonly body: Buffer;
}

const HEAD_END = '\r\n\r\n';

/**
 * Reads requests from a socket, one after the other. Supports only what the benchmark's clients send: a content-length and no pipelining.
 * Costs a fraction of Node's server, so that the upstream does not limit the measurement.
 */
export function readRequests(socket: Socket, onRequest: (request: RawRequest) => void): void {
  let pieces: Buffer[] = [];
  let length = 0;
  let head: { readonly path: string; readonly size: number; readonly end: number } | undefined;
  socket.on('error', () => undefined);
  socket.on('data', (piece: Buffer) => {
    pieces.push(piece);
    length += piece.length;
    if (head === undefined) {
      const all = pieces.length === 1 ? piece : Buffer.concat(pieces);
      const end = all.indexOf(HEAD_END);
      if (end < 0) return;
      const text = all.toString('latin1', 0, end);
      const size = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
      head = { path: text.slice(text.indexOf(' ') + 1, text.indexOf(' HTTP/')), size, end: end + HEAD_END.length };
    }
    if (length < head.end + head.size) return;
    const all = pieces.length === 1 ? piece : Buffer.concat(pieces);
    const request = { path: head.path, body: all.subarray(head.end) };
    pieces = [];
    length = 0;
    head = undefined;
    onRequest(request);
  });
}

/** A complete answer with a content-length. */
export function completeAnswer(status: string, headers: readonly string[], body: string): Buffer {
  const head = [`HTTP/1.1 ${status}`, ...headers, `content-length: ${Buffer.byteLength(body)}`];
  return Buffer.from(`${head.join('\r\n')}${HEAD_END}${body}`);
}

/** The head of a chunked answer. */
export const STREAM_HEAD = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked${HEAD_END}`,
);

/** One HTTP chunk. */
export function httpChunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

/** The end of a chunked answer. */
export const LAST_CHUNK = Buffer.from(`0${HEAD_END}`);
