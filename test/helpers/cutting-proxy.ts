import { connect, createServer, type Socket } from 'node:net';
import { listenOnLoopback } from './listen.ts';

/** A proxy that cuts connections while answers pass through it. */
export interface CuttingProxy extends AsyncDisposable {
  readonly url: string;
  /** How many connections it has cut. */
  readonly cuts: () => number;
}

/** Where the proxy cuts. */
export interface CuttingOptions {
  /** Connections that are cut; later ones are not. */
  readonly cuts: number;
  /** The most bytes of an answer that pass before the cut. */
  readonly within: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Starts a proxy in front of a server on loopback, or of several in turn. Each of the first connections is reset after a random number of the answer's bytes. */
export async function startCuttingProxy(
  target: string | readonly string[],
  { cuts, within, random }: CuttingOptions,
): Promise<CuttingProxy> {
  const ports = [target].flat().map((each) => Number(new URL(each).port));
  let connections = 0;
  let cut = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(ports[connections++ % ports.length] ?? 0, '127.0.0.1');
    open.add(client);
    client.once('close', () => open.delete(client));
    let left = cut < cuts ? Math.floor(random() * within) : Infinity;
    client.on('data', (bytes) => void upstream.write(bytes));
    upstream.on('data', (bytes) => {
      if (bytes.length < left) {
        left -= bytes.length;
        return void client.write(bytes);
      }
      cut++;
      client.write(bytes.subarray(0, left), () => client.resetAndDestroy());
      upstream.destroy();
    });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('close', () => to.destroy());
      from.on('error', () => undefined);
    }
  });
  const own = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${own}`,
    cuts: () => cut,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => void server.close(resolve));
      for (const client of open) client.destroy();
      await closed;
    },
  };
}
