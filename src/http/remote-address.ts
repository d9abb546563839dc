import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** The client's address: the one that a trusted proxy reports, where that is an address, otherwise the connection's. */
export function remoteAddressOf({ ip, raw }: FastifyRequest): string | undefined {
  const address = isIP(ip) === 0 ? raw.socket.remoteAddress : ip;
  // A dual-stack socket writes IPv4 addresses in IPv6's form.
  return address?.replace(/^::ffff:(?=\d+\.)/i, '');
}
