import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** The sockets of a server. */
export interface Sockets {
  /** Sockets opened and closed so far, and those still open. */
  readonly counts: { readonly opened: number; readonly closed: number; readonly open: number };
  /** The number of an open socket, from 1 in the order of opening; 0 for any other. */
  numberOf(socket: Socket): number;
  /** Closes the server, destroys its sockets and resolves when the port is free. */
  close(): Promise<void>;
}

/** Tracks the sockets of a server from now on. `onClose` is called after each that closes. */
export function trackSockets(server: Server, onClose: () => void): Sockets {
  const numbers = new Map<Socket, number>();
  let opened = 0;
  let closed = 0;
  server.on('connection', (socket) => {
    numbers.set(socket, ++opened);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      numbers.delete(socket);
      closed++;
      onClose();
    });
  });
  return {
    get counts() {
      return { opened, closed, open: numbers.size };
    },
    numberOf: (socket) => numbers.get(socket) ?? 0,
    async close() {
      const ended = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const socket of numbers.keys()) socket.destroy();
      await ended;
    },
  };
}
