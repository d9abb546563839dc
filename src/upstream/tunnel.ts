import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { onAbort } from '../lib/abort.ts';
import { request as httpRequest } from '../lib/http.ts';
import { Unreachable } from './unreachable.ts';

/** How a tunnel is asked for. */
export interface TunnelOptions {
  readonly proxy: URL;
  /** Where it leads: host and port. */
  readonly authority: string;
  /** Ends the asking; a tunnel that stands is not its business any more. */
  readonly signal: AbortSignal;
}

/**
 * Asks a proxy for a tunnel by CONNECT, for http as for https: what answers inside is the provider and never the proxy. Never rejects;
 * a proxy that refuses or is not there is told without its address and credentials.
 */
export function openTunnel({ proxy, authority, signal }: TunnelOptions): Promise<Socket | Unreachable> {
  const { promise, resolve } = Promise.withResolvers<Socket | Unreachable>();
  const secure = proxy.protocol === 'https:';
  const ask = secure ? httpsRequest : httpRequest;
  const request = ask({
    agent: false,
    rejectUnauthorized: true,
    hostname: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: proxy.port === '' ? (secure ? 443 : 80) : proxy.port,
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...credentialsOf(proxy) },
  });
  const listening = onAbort(signal, () => request.destroy(new Error('given up')));
  request.once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
    listening[Symbol.dispose]();
    // Node has taken its own listener away, and an error that nobody hears ends the process.
    socket.on('error', () => undefined);
    if (statusCode >= 200 && statusCode < 300) {
      if (head.length > 0) socket.unshift(head);
      return resolve(socket.setNoDelay(true).setKeepAlive(true, 60_000));
    }
    socket.destroy();
    resolve(new Unreachable(`The proxy refused the connection (${statusCode}).`));
  });
  request.once('error', (cause) => {
    listening[Symbol.dispose]();
    const code = 'code' in cause ? String(cause.code) : cause.name;
    resolve(new Unreachable(`The proxy cannot be reached (${code}).`, { cause }));
  });
  request.end();
  return promise;
}

function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
