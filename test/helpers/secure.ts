import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { listenOnLoopback } from './listen.ts';

const PLACE = join(import.meta.dirname, 'fixtures');
const read = (name: string): string => readFileSync(join(PLACE, name), 'utf8');

/** The path of the authority that has signed the certificate of `startSecure`, made for these tests and thrown away. */
export const CA_FILE = join(PLACE, 'ca.pem');

/** The authority, and a certificate of its for `provider.test` and 127.0.0.1. */
export function certified(): { readonly ca: string; readonly cert: string; readonly key: string } {
  return { ca: read('ca.pem'), cert: read('server.pem'), key: read('server.key') };
}

/** An HTTPS server on loopback whose authority nobody knows. Dispose closes it. */
export async function startSecure(listener: RequestListener) {
  const headers: IncomingHttpHeaders[] = [];
  const { cert, key } = certified();
  const server = createServer({ cert, key }, (request, response) => {
    headers.push(request.headers);
    listener(request, response);
  });
  server.on('tlsClientError', () => undefined);
  const port = await listenOnLoopback(server);
  return {
    port,
    headers,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
