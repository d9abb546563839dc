// The second yardstick: the least that a proxy can do. Node's server pipes both bodies through undici, looks at neither, and closes the
// upstream's exchange when its caller has gone.
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { listenOnLoopback } from '../../helpers/listen.ts';
import { answerForUsage } from './usage.ts';

const pool = new Pool(process.argv[2] ?? '', { connections: null });
const server = createServer((request, response) => {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const headers = {
    'content-type': 'application/json',
    'content-length': request.headers['content-length'],
    authorization: 'Bearer upstream',
  };
  const asked = { path: request.url ?? '', method: 'POST', headers, body: request, signal: gone.signal } as const;
  pool
    .stream(asked, ({ statusCode, headers: told }) =>
      response.writeHead(statusCode, { 'content-type': String(told['content-type']) }),
    )
    .catch(() => response.destroy());
});
answerForUsage();
console.log(`listening on http://127.0.0.1:${await listenOnLoopback(server)}`);
