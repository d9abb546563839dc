import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { listenOnLoopback } from './listen.ts';

/** A bare TCP server on loopback that counts connections. Dispose destroys every socket. */
export interface Listener extends AsyncDisposable {
  readonly port: number;
  /** Connections so far. */
  readonly connects: () => number;
  /** Connections that are still open. */
  readonly open: () => number;
}

/** Listens on a free port and passes each socket to `onSocket`. */
export async function startListener(onSocket: (socket: Socket) => void = () => undefined): Promise<Listener> {
  const sockets = new Set<Socket>();
  let connects = 0;
  const server = createServer((socket) => {
    connects++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  const port = await listenOnLoopback(server);
  return {
    port,
    connects: () => connects,
    open: () => sockets.size,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
