import type { FastifyInstance } from 'fastify';

/** Serves on a free port and tells the parent; answers each message with the CPU time used so far, in microseconds. */
export async function report(app: FastifyInstance): Promise<void> {
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpu: user + system, rss: process.memoryUsage.rss() });
  });
  process.send?.({ url });
}
