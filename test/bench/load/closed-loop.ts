import { type Connection, openConnection } from './connection.ts';

/** Clients that each send the next request as soon as the last one is answered. Dispose closes their connections. */
export interface ClosedLoop extends Disposable {
  /** Sends a request `times` times and resolves when all are answered; rejects as `send` does. */
  run(request: Buffer, times: number, end?: string): Promise<void>;
}

/** Connects clients to a port of loopback. */
export async function openClosedLoop(port: number, clients: number): Promise<ClosedLoop> {
  const connections = await Promise.all(Array.from({ length: clients }, () => openConnection(port)));
  return {
    async run(request, times, end) {
      let remaining = times;
      const client = async (connection: Connection): Promise<void> => {
        while (remaining-- > 0) await connection.send(request, end);
      };
      await Promise.all(connections.map(client));
    },
    [Symbol.dispose]() {
      for (const connection of connections) connection[Symbol.dispose]();
    },
  };
}
