import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A client's persistent connection on a bare socket: one request at a time. Costs a fraction of an HTTP client. */
export interface Connection extends Disposable {
  /**
   * Sends a request and resolves when its answer is complete, by its length or its last chunk. Rejects when the status is no 2xx, when a
   * stream does not end with `end`, and when the connection closes. `onData` gets each piece as it arrives, the head included.
   */
  send(request: Buffer, end?: string, onData?: (piece: Buffer) => void): Promise<void>;
  readonly socket: Socket;
}

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '\r\n0\r\n\r\n';
/** Number of last bytes of a chunked answer that are checked: the end of the stream in its chunk, and HTTP's own. */
const TAIL = 96;

interface Answer {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly end: string;
  readonly onData: ((piece: Buffer) => void) | undefined;
  head: string;
  tail: string;
  /** Missing bytes of the body; undefined while the head is incomplete, infinite for a chunked body. */
  missing: number | undefined;
}

/** Connects to a port of loopback. Rejects when no server listens. */
export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let answer: Answer | undefined;

  function finish(error?: Error): void {
    const ended = answer;
    answer = undefined;
    if (error === undefined) ended?.resolve();
    else ended?.reject(error);
  }

  socket.on('error', (error) => finish(error));
  socket.on('close', () => finish(new Error('The connection was closed.')));
  socket.on('data', (piece: Buffer) => {
    if (answer === undefined) return;
    answer.onData?.(piece);
    addPiece(answer, piece);
    if (answer.missing === 0) finish(faultOf(answer));
  });
  return {
    socket,
    send(request, end = '', onData) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      answer = { resolve, reject, end, onData, head: '', tail: '', missing: undefined };
      socket.write(request);
      return promise;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

function addPiece(answer: Answer, piece: Buffer): void {
  let from = 0;
  if (answer.missing === undefined) {
    const end = piece.indexOf(HEAD_END);
    answer.head += piece.toString('latin1', 0, end < 0 ? piece.length : end);
    if (end < 0) return;
    from = end + HEAD_END.length;
    answer.missing = Number(/\r\ncontent-length: *(\d+)/i.exec(answer.head)?.[1] ?? Infinity);
  }
  if (Number.isFinite(answer.missing)) {
    answer.missing -= piece.length - from;
    return;
  }
  answer.tail = (answer.tail + piece.toString('latin1', Math.max(from, piece.length - TAIL))).slice(-TAIL);
  if (answer.tail.endsWith(LAST_CHUNK)) answer.missing = 0;
}

function faultOf({ head, tail, end }: Answer): Error | undefined {
  if (head.startsWith('HTTP/1.1 20') && tail.includes(end)) return undefined;
  return new Error(`A wrong answer: ${head.slice(0, 200)} ... ${tail}`);
}
