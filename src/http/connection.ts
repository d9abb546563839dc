import type { FastifyRequest } from 'fastify';
import type { Connection } from '../auth/browser.ts';
import { plainAddress } from './remote-address.ts';

/** Headers that proxies add, whether they are trusted or not. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

/** How a request has arrived. A trusted proxy decides how its client has sent it. */
export function connectionOf(request: FastifyRequest): Connection {
  const { protocol, host, headers, raw } = request;
  return {
    peer: plainAddress(raw.socket.remoteAddress),
    secure: protocol.toLowerCase() === 'https',
    host,
    forwarded: FORWARDED.some((name) => headers[name] !== undefined),
  };
}
