import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createCohort } from '../lib/cohort.ts';

/** The order of work on each connection: a pipelined request begins when the request before it is answered. */
export interface ConnectionQueue {
  /**
   * Queues a request. It begins once this turn of the event loop has read its sockets. It never begins when the request before it closes the
   * connection, or when it would have to wait with a large body.
   */
  readonly enqueueRequest: RequestListener;
  /** Runs a job when everything before it on the connection is answered; never, when the connection closes first. */
  readonly enqueueJob: (socket: Duplex, job: () => void) => void;
  /** The response that is being written on a connection. */
  readonly current: (socket: Duplex) => ServerResponse | undefined;
}

/** The most requests that may wait on one connection; with more, the connection is destroyed. */
const MAX_WAITING = 100;

/**
 * The largest body that may wait, in bytes: Node holds it in memory. With a larger one Node stops reading the connection until the body is
 * read, so a disconnect would go unnoticed while the first request runs.
 */
const MAX_WAITING_BODY_BYTES = 8 * 1024;

interface Connection {
  current: ServerResponse | undefined;
  /** No further request begins on this connection. */
  ending: boolean;
  readonly waiting: (() => void)[];
}

/**
 * Makes the queue. Node emits every request of a connection as soon as it is parsed. Without the queue a request behind a refused one, whose
 * body is still unread, would run although its answer can never be sent; and its bytes may belong to a body that was framed wrongly.
 * `keepsContext`: whether a request begins in the asynchronous context in which it was queued.
 */
export function createConnectionQueue(begin: RequestListener, keepsContext = false): ConnectionQueue {
  const connections = new WeakMap<Duplex, Connection>();
  const inCohort = createCohort();

  function connectionOf(socket: Duplex): Connection {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    const made: Connection = { current: undefined, ending: false, waiting: [] };
    connections.set(socket, made);
    return made;
  }

  function enqueueJob(socket: Duplex, job: () => void): void {
    const { current, waiting } = connectionOf(socket);
    if (current === undefined && waiting.length === 0) return job();
    if (waiting.push(job) > MAX_WAITING) socket.destroy();
  }

  function runNext(socket: Duplex, connection: Connection): void {
    connection.current = undefined;
    // The last answer of a connection ends it before its response closes.
    if (!socket.writable) connection.waiting.length = 0;
    const next = connection.waiting.shift();
    if (next !== undefined) next();
    else if (connection.ending) socket.end();
  }

  return {
    enqueueJob,
    current: (socket) => connections.get(socket)?.current,
    enqueueRequest(request, response) {
      const { socket } = request;
      const connection = connectionOf(socket);
      if (connection.ending || (connection.current !== undefined && !mayWait(request))) {
        // The client sees the connection close after the answer before, as at any server's limit, and retries.
        connection.ending = true;
        if (connection.current?.headersSent === false) connection.current.shouldKeepAlive = false;
        return void request.resume();
      }
      const beginThis = (): void => begin(request, response);
      // Requests that run together run in the context of the first of them.
      const step = keepsContext ? AsyncResource.bind(beginThis) : beginThis;
      enqueueJob(socket, () => {
        connection.current = response;
        response.once('close', () => runNext(socket, connection));
        inCohort(step);
      });
    },
  };
}

function mayWait({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= MAX_WAITING_BODY_BYTES;
}
