import type { Duplex } from 'node:stream';
import type { GatewayError } from '../domain/errors.ts';
import { idHeaders } from '../door/headers.ts';
import { newRequestIds } from '../door/request-ids.ts';
import { STATUS_CODES } from '../lib/http.ts';
import { errorReply } from '../rest/errors.ts';

/** Writes an error to a connection that has no request to answer. The caller must close the connection, as the error's head announces. */
export function writeRawError(socket: Duplex, error: GatewayError): void {
  const { status, headers, body } = errorReply(error, { ...idHeaders(newRequestIds()), connection: 'close' });
  const lines = Object.entries({ ...headers, 'content-length': String(body.length) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body.toString()}`);
}
