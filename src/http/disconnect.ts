import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type AbortScope, openAbortScope } from '../lib/abort.ts';

/** Who waits on a socket for what; a pipelining caller waits for several answers at once. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/**
 * The scope of a caller's presence: aborted with `client_closed` when his socket goes before the response is through.
 * The socket is listened to, because Node closes the request as soon as its body is read, and never closes a response that
 * still waits behind another one. A half-closed socket counts as closed: the FIN of a killed caller looks the same.
 */
export function watchCaller(response: ServerResponse): AbortScope {
  const scope = openAbortScope();
  const { socket } = response.req;
  const here = presenceOn(socket);
  const leave = (): void => scope.abort('client_closed');
  here.add(leave);
  // He may have left before we came to his request.
  if (isGone(socket)) leave();
  response.once('close', () => {
    here.delete(leave);
    if (!response.writableFinished) leave();
  });
  return scope;
}

function isGone({ destroyed, readableEnded }: Socket): boolean {
  return destroyed || readableEnded;
}

function presenceOn(socket: Socket): Set<() => void> {
  const known = waiting.get(socket);
  if (known !== undefined) return known;
  const here = new Set<() => void>();
  const gone = (): void => {
    for (const leave of here) leave();
    here.clear();
  };
  socket.once('end', gone);
  socket.once('close', gone);
  waiting.set(socket, here);
  return here;
}
