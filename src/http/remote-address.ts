import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** The client's address: the one that a trusted proxy reports, where that is an address, otherwise the connection's. */
export function remoteAddressOf({ ip, raw }: FastifyRequest): string | undefined {
  return plainAddress(isIP(ip) === 0 ? raw.socket.remoteAddress : ip);
}

/** An address without the IPv6 form in which a dual-stack socket writes IPv4 addresses. */
export function plainAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '');
}
