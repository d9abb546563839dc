import type { RequestListener, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayError } from '../domain/errors.ts';
import type { Clock } from '../lib/clock.ts';
import { createServer } from '../lib/http.ts';
import { type ConnectionQueue, createConnectionQueue } from './connection-queue.ts';
import { lingeringClose } from './lingering-close.ts';
import { writeRawError } from './raw-error.ts';
import { malformed, MAX_HEADERS, METHODS, tooManyHeaders } from './well-formed.ts';

/** Settings of the listener; times in milliseconds. */
export interface ListenerOptions {
  readonly clock: Clock;
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
  readonly keepAliveTimeout: number;
  /** Whether a request is handled in the asynchronous context in which it has arrived; costs about 2 us. */
  readonly keepsContext?: boolean | undefined;
}

/** How long receiving a whole request may take, in milliseconds: a client that sends a byte now and then is cut. */
const REQUEST_TIMEOUT_MS = 300_000;
/** How often timeouts are checked, in milliseconds. */
const CHECK_MS = 500;

/**
 * Makes the HTTP server, not listening yet. It hands on one request at a time per connection, whatever the request expects; `100 Continue`
 * is the handler's to send, when it reads the body. What is no HTTP request is refused in the gateway's one shape of errors.
 */
export function createListener(handler: RequestListener, options: ListenerOptions): Server {
  const queue = createConnectionQueue(handler, options.keepsContext);
  const server = createHttpServer(options);
  const refuse = createRefuse(queue, options.clock);
  const failed = new WeakSet<Duplex>();

  const enqueue: RequestListener = (request, response) => {
    // The upgrade is not made, but the parser has dropped the bytes behind it, so nothing can follow on this connection.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    queue.enqueueRequest(request, response);
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, enqueue);
  server.on('connect', (_, socket) => {
    socket.on('error', () => socket.destroy());
    // Its bytes are discarded, but they must be read for a disconnect to be noticed.
    socket.resume();
    failed.add(socket);
    refuse(
      socket,
      new GatewayError('method_not_allowed', { message: 'CONNECT is not allowed here.', allow: [...METHODS] }),
    );
  });
  server.on('clientError', (error, socket) => {
    const code = 'code' in error ? String(error.code) : '';
    // What is parsed after the first fault is no new one.
    if (failed.has(socket) && code.startsWith('HPE_')) return;
    if (!socket.writable || !(code.startsWith('HPE_') || code === 'ERR_HTTP_REQUEST_TIMEOUT') || failed.has(socket))
      return void socket.destroy();
    failed.add(socket);
    refuse(socket, errorOf(code));
  });
  return server;
}

function createHttpServer({ headersTimeout, bodyTimeout, keepAliveTimeout }: ListenerOptions): Server {
  const headersMs = Math.ceil(headersTimeout);
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    headersTimeout: headersMs,
    requestTimeout: Math.max(REQUEST_TIMEOUT_MS, headersMs, Math.ceil(bodyTimeout)),
    keepAliveTimeout: Math.ceil(keepAliveTimeout),
    connectionsCheckingInterval: CHECK_MS,
    // Refused by well-formed.ts, in the shape of the other errors.
    requireHostHeader: false,
  });
  // Node drops headers past its limit silently; one more than the gateway's limit shows that there were too many.
  server.maxHeadersCount = MAX_HEADERS + 1;
  return server;
}

/** Makes the function that answers bytes that are no request, and closes their connection. */
function createRefuse(queue: ConnectionQueue, clock: Clock): (socket: Duplex, error: GatewayError) => void {
  return (socket, error) => {
    const current = queue.current(socket);
    const write = (): void => {
      writeRawError(socket, error);
      lingeringClose(socket, clock);
    };
    if (current === undefined || current.req.complete) queue.enqueueJob(socket, write);
    else if (current.headersSent) socket.destroy();
    // The fault is in the body that is being read.
    else write();
  };
}

function errorOf(code: string): GatewayError {
  if (code === 'HPE_HEADER_OVERFLOW') return tooManyHeaders();
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new GatewayError('request_timeout', { message: 'The request was received too slowly.' });
  return malformed();
}
