// The first baseline: a hand-written Fastify route that passes the body to undici and streams the reply back.
import Fastify from 'fastify';
import { Pool } from 'undici';
import { reportUsage } from './usage.ts';

const pool = new Pool(process.argv[2] ?? '', { connections: null });
const app = Fastify({ logger: false });
app.post('/*', async (request, reply) => {
  const controller = new AbortController();
  reply.raw.on('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  const { statusCode, headers, body } = await pool.request({
    path: request.url,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer upstream' },
    body: JSON.stringify(request.body),
    signal: controller.signal,
  });
  body.on('error', () => undefined);
  return reply.code(statusCode).header('content-type', headers['content-type']).send(body);
});
reportUsage();
console.log(`listening on ${await app.listen({ host: '127.0.0.1', port: 0 })}`);
