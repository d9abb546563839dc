import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type AbortScope, openAbortScope } from '../lib/abort.ts';

/**
 * What to call when a socket closes; several functions where the client has pipelined requests. One map for the process is enough: a socket belongs to
 * one server, and its entry is collected with it.
 */
const watched = new WeakMap<Socket, Set<() => void>>();

/**
 * Opens a scope that is aborted with `client_closed` when the client disconnects before the response is complete. It listens to the socket,
 * because Node closes the request as soon as its body is read, and never closes a response that still waits behind another one. A half-closed
 * socket counts as closed: the FIN of a killed client looks the same.
 */
export function watchDisconnect(response: ServerResponse): AbortScope {
  const scope = openAbortScope();
  const { socket } = response.req;
  const onDisconnect = disconnectListenersOf(socket);
  const disconnect = (): void => scope.abort('client_closed');
  onDisconnect.add(disconnect);
  // It may have disconnected while its request waited for its turn.
  if (isClosed(socket)) disconnect();
  response.once('close', () => {
    onDisconnect.delete(disconnect);
    if (!response.writableFinished) disconnect();
  });
  return scope;
}

function isClosed({ destroyed, readableEnded }: Socket): boolean {
  return destroyed || readableEnded;
}

function disconnectListenersOf(socket: Socket): Set<() => void> {
  const known = watched.get(socket);
  if (known !== undefined) return known;
  const listeners = new Set<() => void>();
  const onClosed = (): void => {
    for (const listener of listeners) listener();
    listeners.clear();
  };
  socket.once('end', onClosed);
  socket.once('close', onClosed);
  watched.set(socket, listeners);
  return listeners;
}
