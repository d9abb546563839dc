// The second baseline: the minimum of a proxy. Node's server pipes both bodies through undici unread, and closes the upstream exchange when
// its client disconnects.
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { listenOnLoopback } from '../../helpers/listen.ts';
import { reportUsage } from './usage.ts';

const pool = new Pool(process.argv[2] ?? '', { connections: null });
const server = createServer((request, response) => {
  const disconnect = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) disconnect.abort();
  });
  const headers = {
    'content-type': 'application/json',
    'content-length': request.headers['content-length'],
    authorization: 'Bearer upstream',
  };
  const outgoing = {
    path: request.url ?? '',
    method: 'POST',
    headers,
    body: request,
    signal: disconnect.signal,
  } as const;
  pool
    .stream(outgoing, ({ statusCode, headers: received }) =>
      response.writeHead(statusCode, { 'content-type': String(received['content-type']) }),
    )
    .catch(() => response.destroy());
});
reportUsage();
console.log(`listening on http://127.0.0.1:${await listenOnLoopback(server)}`);
