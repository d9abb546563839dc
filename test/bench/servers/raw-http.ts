import type { Socket } from 'node:net';

/** A request that came whole: where to, and its body. */
export interface RawRequest {
  readonly path: string;
  readonly body: Buffer;
}

const HEAD_END = '\r\n\r\n';

/**
 * Reads requests off a socket, one after the other, with no more than what our own callers send: a content-length and no pipelining.
 * Costs a fraction of Node's server, so that the upstream does not hold back what is measured.
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

/** A whole answer whose length stands in its head. */
export function wholeAnswer(status: string, headers: readonly string[], body: string): Buffer {
  const head = [`HTTP/1.1 ${status}`, ...headers, `content-length: ${Buffer.byteLength(body)}`];
  return Buffer.from(`${head.join('\r\n')}${HEAD_END}${body}`);
}

/** The head of an answer in chunks. */
export const STREAM_HEAD = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked${HEAD_END}`,
);

/** One chunk as HTTP carries it. */
export function httpChunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

/** What ends an answer in chunks. */
export const LAST_CHUNK = Buffer.from(`0${HEAD_END}`);
