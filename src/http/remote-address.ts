import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** The caller's address: what a trusted proxy says, where that is an address at all, else who is connected. */
export function remoteAddressOf({ ip, raw }: FastifyRequest): string | undefined {
  const address = isIP(ip) === 0 ? raw.socket.remoteAddress : ip;
  // A socket for both families writes those of the old one in the new one's form.
  return address?.replace(/^::ffff:(?=\d+\.)/i, '');
}
