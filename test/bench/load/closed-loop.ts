import { type Connection, openConnection } from './connection.ts';

/** Callers who each ask again as soon as they have been answered. Dispose closes their connections. */
export interface ClosedLoop extends Disposable {
  /** Sends a request so many times and resolves when all are answered; rejects as `ask` does. */
  run(request: Buffer, times: number, end?: string): Promise<void>;
}

/** Connects so many callers to a port of loopback. */
export async function openClosedLoop(port: number, callers: number): Promise<ClosedLoop> {
  const connections = await Promise.all(Array.from({ length: callers }, () => openConnection(port)));
  return {
    async run(request, times, end) {
      let left = times;
      const caller = async (connection: Connection): Promise<void> => {
        while (left-- > 0) await connection.ask(request, end);
      };
      await Promise.all(connections.map(caller));
    },
    [Symbol.dispose]() {
      for (const connection of connections) connection[Symbol.dispose]();
    },
  };
}
