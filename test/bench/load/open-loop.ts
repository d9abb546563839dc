import { setTimeout as wait } from 'node:timers/promises';
import { type Connection, openConnection } from './connection.ts';

/** What is sent at an even rate. */
export interface EvenLoad {
  readonly port: number;
  readonly request: Buffer;
  /** How a stream ends. */
  readonly end: string;
  /** What stands in its first token. */
  readonly mark: string;
  readonly perSecond: number;
  readonly many: number;
}

/** Callers who come at an even rate, whether or not those before have been answered. Dispose closes their connections. */
export interface OpenLoop extends Disposable {
  /** Resolves, when all are answered whole, with the time from when each should have been sent to its first token, in milliseconds. */
  readonly run: () => Promise<number[]>;
}

/** Makes the callers of a load. Connections are kept, and made when none is free. */
export function createOpenLoop({ port, request, end, mark, perSecond, many }: EvenLoad): OpenLoop {
  const free: Connection[] = [];
  const all: Connection[] = [];

  async function open(): Promise<Connection> {
    const connection = await openConnection(port);
    all.push(connection);
    return connection;
  }

  async function one(due: number): Promise<number> {
    const connection = free.pop() ?? (await open());
    let came: number | undefined;
    await connection.ask(request, end, (piece) => {
      if (came === undefined && piece.includes(mark)) came = performance.now();
    });
    free.push(connection);
    return (came ?? Number.NaN) - due;
  }

  return {
    async run() {
      const began = performance.now();
      const delays: Promise<number>[] = [];
      while (delays.length < many) {
        const due = began + (delays.length * 1000) / perSecond;
        const early = due - performance.now();
        if (early > 0) await wait(early);
        delays.push(one(due));
      }
      return Promise.all(delays);
    },
    [Symbol.dispose]() {
      for (const connection of all) connection[Symbol.dispose]();
    },
  };
}
