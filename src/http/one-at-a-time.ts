import type { RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** The order of work on each connection: what a caller pipelines is begun when what came before it is answered. */
export interface ConnectionLine {
  /** Takes a request. It is never begun when the one before it closes the connection. */
  readonly take: RequestListener;
  /** Runs a job when what came before it is answered; never, when the connection is closed before. */
  readonly after: (socket: Duplex, job: () => void) => void;
  /** The response that is being answered on a connection. */
  readonly current: (socket: Duplex) => ServerResponse | undefined;
}

/** What may wait on one connection; who pipelines more is cut off. */
const MOST_WAITING = 100;

interface Line {
  current: ServerResponse | undefined;
  readonly waiting: (() => void)[];
}

/**
 * Makes the line. Node hands out every request of a connection as soon as it is parsed, so a request behind one that is refused, with
 * its body still unread, would be run although its answer can never be sent: what it is made of may be a body that was framed wrongly.
 */
export function createConnectionLine(begin: RequestListener): ConnectionLine {
  const lines = new WeakMap<Duplex, Line>();

  function lineOf(socket: Duplex): Line {
    const known = lines.get(socket);
    if (known !== undefined) return known;
    const made: Line = { current: undefined, waiting: [] };
    lines.set(socket, made);
    return made;
  }

  function after(socket: Duplex, job: () => void): void {
    const { current, waiting } = lineOf(socket);
    if (current === undefined && waiting.length === 0) return job();
    if (waiting.push(job) > MOST_WAITING) socket.destroy();
  }

  return {
    after,
    current: (socket) => lines.get(socket)?.current,
    take(request, response) {
      const { socket } = request;
      const line = lineOf(socket);
      after(socket, () => {
        line.current = response;
        response.once('close', () => {
          line.current = undefined;
          // The last answer of a connection ends it before its response closes.
          if (!socket.writable) line.waiting.length = 0;
          line.waiting.shift()?.();
        });
        begin(request, response);
      });
    },
  };
}
