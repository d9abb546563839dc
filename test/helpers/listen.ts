import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** Makes a server listen on a free port of loopback, and resolves with the port. */
export async function listenOnLoopback(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Closes a server and all its connections at the end of a block, so also where a test fails. Call it before the server gets a connection. */
export function closing(server: Server): Disposable {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return {
    [Symbol.dispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Ports below those that an operating system hands out by itself: 32768 on Linux, 49152 elsewhere. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

/**
 * A port of loopback, for a process whose output cannot say where it listens. No server with port 0 gets it between this
 * call and that process.
 */
export async function reservePort(): Promise<number> {
  const server = createServer();
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    server.listen(port, '127.0.0.1');
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
