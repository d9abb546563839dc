import { once } from 'node:events';
import { createServer } from 'node:net';
import { listen } from './listen.ts';

/** Returns a port of the host that no program listens on at present. Throws a UsageError for a host that cannot be used. */
export async function freePort(host: string): Promise<number> {
  const server = createServer();
  await listen({ host, port: 0 }, async () => {
    server.listen(0, host);
    await once(server, 'listening');
  });
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
