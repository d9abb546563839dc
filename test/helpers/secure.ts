import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { listenOnLoopback } from './listen.ts';

const FOLDER = join(import.meta.dirname, 'fixtures');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

/** Path of the certificate of the authority that signed the one of `startSecure`. Both were made for these tests. */
export const CA_FILE = join(FOLDER, 'ca.pem');

/** The authority, and a certificate that it signed for `provider.test` and 127.0.0.1, with its key. */
export function certified(): { readonly ca: string; readonly cert: string; readonly key: string } {
  return { ca: read('ca.pem'), cert: read('server.pem'), key: read('server.key') };
}

/** An HTTPS server on loopback whose authority no client trusts by default. Dispose closes it. */
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
