import type { ServerResponse } from 'node:http';
import { type AbortScope, openAbortScope } from '../lib/abort.ts';

/**
 * The scope of a caller's presence: aborted with `client_closed` when his socket goes before the response is through.
 * The response is listened to because Node closes the request as soon as its body is read; and a half-closed socket counts as closed,
 * because the FIN of a killed caller looks the same.
 */
export function watchCaller(response: ServerResponse): AbortScope {
  const scope = openAbortScope();
  const { socket } = response;
  const leave = (): void => scope.abort('client_closed');
  socket?.once('end', leave);
  response.once('close', () => {
    socket?.off('end', leave);
    if (!response.writableFinished) leave();
  });
  return scope;
}
