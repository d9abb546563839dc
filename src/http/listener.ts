import type { RequestListener, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayError } from '../domain/errors.ts';
import type { Clock } from '../lib/clock.ts';
import { createServer } from '../lib/http.ts';
import { linger } from './linger.ts';
import { createConnectionQueue } from './connection-queue.ts';
import { writeRawError } from './raw-error.ts';
import { malformed, MOST_HEADERS, tooManyHeaders } from './well-formed.ts';

/** What the listener is made of; times in milliseconds. */
export interface ListenerOptions {
  readonly clock: Clock;
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
  readonly keepAliveTimeout: number;
}

/** How long all of a request may take to come, in milliseconds: who sends a byte now and then is no caller. */
const REQUEST_TIMEOUT_MS = 300_000;
/** How often is looked for who is late, in milliseconds. */
const CHECK_MS = 500;

/**
 * Makes the HTTP server, not listening yet: one request at a time on a connection, every one of them handed on, whatever it expects, and
 * what is no request refused in the one shape of errors. A `100 Continue` is for the handler to send, when it wants the body.
 */
export function createListener(handler: RequestListener, options: ListenerOptions): Server {
  const line = createConnectionQueue(handler);
  const failed = new WeakSet<Duplex>();
  const headersTimeout = Math.ceil(options.headersTimeout);
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    headersTimeout,
    requestTimeout: Math.max(REQUEST_TIMEOUT_MS, headersTimeout, Math.ceil(options.bodyTimeout)),
    keepAliveTimeout: Math.ceil(options.keepAliveTimeout),
    connectionsCheckingInterval: CHECK_MS,
    // Refused with the other forms, in their shape.
    requireHostHeader: false,
  });
  // Node drops headers past its limit without a word; one more than ours tells that there were too many.
  server.maxHeadersCount = MOST_HEADERS + 1;

  function refuse(socket: Duplex, error: GatewayError): void {
    failed.add(socket);
    const current = line.current(socket);
    const write = (): void => {
      writeRawError(socket, error);
      linger(socket, options.clock);
    };
    if (current === undefined || current.req.complete) line.after(socket, write);
    else if (current.headersSent) socket.destroy();
    // The fault is in the body that is being read.
    else write();
  }

  const take: RequestListener = (request, response) => {
    // The upgrade is not made; but the parser has lost what stood behind it, so nothing can follow.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    line.take(request, response);
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, take);
  server.on('connect', (_, socket) => {
    socket.on('error', () => socket.destroy());
    // What comes is nobody's, but that its caller leaves must be heard.
    socket.resume();
    refuse(
      socket,
      new GatewayError('method_not_allowed', {
        message: 'CONNECT is not allowed here.',
        allow: ['GET', 'HEAD', 'POST'],
      }),
    );
  });
  server.on('clientError', (error, socket) => {
    const code = 'code' in error ? String(error.code) : '';
    // What is parsed after the first fault is no new one.
    if (failed.has(socket) && code.startsWith('HPE_')) return;
    if (!socket.writable || !(code.startsWith('HPE_') || code === 'ERR_HTTP_REQUEST_TIMEOUT') || failed.has(socket))
      return void socket.destroy();
    refuse(socket, errorOf(code));
  });
  return server;
}

function errorOf(code: string): GatewayError {
  if (code === 'HPE_HEADER_OVERFLOW') return tooManyHeaders();
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new GatewayError('request_timeout', { message: 'The request came too slowly.' });
  return malformed();
}
