import { setTimeout as wait } from 'node:timers/promises';
import { type Connection, openConnection } from './connection.ts';

/** A load at an even rate. */
export interface EvenLoad {
  readonly port: number;
  readonly request: Buffer;
  /** The end of a complete stream. */
  readonly end: string;
  /** A text in its first token. */
  readonly mark: string;
  readonly perSecond: number;
  readonly many: number;
}

/** Requests at an even rate, whether or not earlier ones are answered. Dispose closes their connections. */
export interface OpenLoop extends Disposable {
  /** Resolves when all are answered, with the time from when each should have been sent to its first token, in milliseconds. */
  readonly run: () => Promise<number[]>;
}

/** Makes the clients of a load. Connections are kept, and opened when none is free. */
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
    let tokenAt: number | undefined;
    await connection.send(request, end, (piece) => {
      if (tokenAt === undefined && piece.includes(mark)) tokenAt = performance.now();
    });
    free.push(connection);
    return (tokenAt ?? Number.NaN) - due;
  }

  return {
    async run() {
      const startedAt = performance.now();
      const delays: Promise<number>[] = [];
      while (delays.length < many) {
        const due = startedAt + (delays.length * 1000) / perSecond;
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
