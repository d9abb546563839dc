import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createCohort } from '../lib/cohort.ts';

/** The order of work on each connection: what a caller pipelines is begun when what came before it is answered. */
export interface ConnectionQueue {
  /**
   * Takes a request, which is begun when this turn of the event loop has read its sockets; never, when the one before it closes the
   * connection, nor when it would have to wait with a large body.
   */
  readonly take: RequestListener;
  /** Runs a job when what came before it is answered; never, when the connection is closed before. */
  readonly after: (socket: Duplex, job: () => void) => void;
  /** The response that is being answered on a connection. */
  readonly current: (socket: Duplex) => ServerResponse | undefined;
}

/** What may wait on one connection; who pipelines more is cut off. */
const MOST_WAITING = 100;

/**
 * The largest body that may wait, in bytes: Node holds it in memory. Of a larger one it stops reading the connection until somebody reads
 * the body, and then nobody hears that the caller has gone while his first request runs.
 */
const MOST_BODY_BYTES = 8 * 1024;

interface Line {
  current: ServerResponse | undefined;
  /** Nothing more is begun on this connection. */
  ending: boolean;
  readonly waiting: (() => void)[];
}

/**
 * Makes the line. Node hands out every request of a connection as soon as it is parsed, so a request behind one that is refused, with
 * its body still unread, would be run although its answer can never be sent: what it is made of may be a body that was framed wrongly.
 */
export function createConnectionQueue(begin: RequestListener): ConnectionQueue {
  const lines = new WeakMap<Duplex, Line>();
  const inCohort = createCohort();

  function lineOf(socket: Duplex): Line {
    const known = lines.get(socket);
    if (known !== undefined) return known;
    const made: Line = { current: undefined, ending: false, waiting: [] };
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
      if (line.ending || (line.current !== undefined && !mayWait(request))) {
        // Its caller sees the connection close after the answer before, as at any server's limit, and asks anew.
        line.ending = true;
        if (line.current?.headersSent === false) line.current.shouldKeepAlive = false;
        return void request.resume();
      }
      after(socket, () => {
        line.current = response;
        response.once('close', () => {
          line.current = undefined;
          // The last answer of a connection ends it before its response closes.
          if (!socket.writable) line.waiting.length = 0;
          const next = line.waiting.shift();
          if (next !== undefined) next();
          else if (line.ending) socket.end();
        });
        inCohort(() => begin(request, response));
      });
    },
  };
}

function mayWait({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= MOST_BODY_BYTES;
}
